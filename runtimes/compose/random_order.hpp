// A random permutation of 0..n-1, made one element at a time: a select that finds its first look successful pays for
// one look. Every order is equally likely, so each ready case is equally likely to be found first, whichever others
// are ready (a random *start* would favour the case behind a gap).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

namespace threadmark::compose {

/// A number below `bound` (which is at least 1 and at most 2^32). Not inlined on purpose: the generator is per thread,
/// and a task may have moved to another thread since the last call, so its address must be looked up anew each time.
[[gnu::noinline]] inline std::uint32_t random_below(std::uint64_t bound) {
  static thread_local std::uint64_t state = [] {
    static std::uint64_t seed = 0;  // its address is the seed: different for each thread by the address of `state`
    return (reinterpret_cast<std::uintptr_t>(&seed) ^ (reinterpret_cast<std::uintptr_t>(&state) * 0x9e3779b97f4a7c15U) ^
            0x2545f4914f6cdd1dU) |
           1;
  }();
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return static_cast<std::uint32_t>(((state >> 32) * bound) >> 32);
}

class random_order {
 public:
  explicit random_order(std::size_t n) : n_(n) {
    if (n > std::numeric_limits<std::uint16_t>::max()) throw std::length_error("select over more than 65535 channels");
    if (n > inline_.size()) heap_.resize(n);
    slots_ = heap_.empty() ? inline_.data() : heap_.data();
    std::iota(slots_, slots_ + n, std::uint16_t{0});
  }
  random_order(const random_order&) = delete;
  random_order& operator=(const random_order&) = delete;

  /// Element k, for k = 0, 1, … in turn; may be asked again.
  std::size_t operator[](std::size_t k) {
    if (k == drawn_) {
      const std::size_t other = k + random_below(n_ - k);
      std::swap(slots_[k], slots_[other]);
      ++drawn_;
    }
    return slots_[k];
  }

 private:
  std::size_t n_;
  std::size_t drawn_ = 0;
  std::uint16_t* slots_;
  std::array<std::uint16_t, 64> inline_;
  std::vector<std::uint16_t> heap_;
};

}  // namespace threadmark::compose
