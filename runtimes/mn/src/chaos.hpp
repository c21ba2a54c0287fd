// MN_CHAOS: decisions that are right at any time, taken at random, so that what depends on luck fails early and a seed
// finds it again. Each worker has a stream of its own, made from the seed and its index, and decides by it
//   * whether the hand-off slot is passed over, and which end of the queue comes next;
//   * whether what is woken runs next here, waits in the queue, or goes to the shared queue and so to another worker;
//   * whether one that spawns gives way, whether others are called for help, whether one lingers before it sleeps;
//   * how long it waits in the middle of a switch, with the predecessor's lock still held.
// Nothing here may change what a program means. Off, it costs the test of scheduler::attention that is made anyway.
#pragma once

#include <cstdint>

#include "arch/pause.hpp"

namespace mn::detail {

class chaos {
 public:
  chaos(std::uint64_t seed, unsigned index) noexcept : state_(mix(seed * 0x9E3779B97F4A7C15ULL + index) | 1) {}

  /// A number below `bound`. Only the worker's own thread draws.
  std::uint32_t below(std::uint32_t bound) noexcept {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::uint32_t>(((state_ >> 32) * bound) >> 32);
  }
  bool one_in(std::uint32_t n) noexcept { return below(n) == 0; }

  /// Now and then nothing at all, for up to some microseconds.
  void dawdle() noexcept {
    if (!one_in(8)) return;
    for (std::uint32_t i = below(100); i > 0; --i) arch::pause();
  }

 private:
  // The finalizer of splitmix64 (G. Steele, D. Lea, C. Flood, 2014): neighbouring seeds give unlike streams.
  static std::uint64_t mix(std::uint64_t x) noexcept {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
  }

  std::uint64_t state_;
};

}  // namespace mn::detail
