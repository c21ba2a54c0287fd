// The order in which a block's trials run.
//
// Cells are shuffled, then the models within each cell, and a cell's models run one after the other. The estimate is
// the log ratio of two models in the same cell and block, so what matters is that the two see the same machine: the
// drift between minutes (10–40 % on shared machines) falls on both and cancels. The rejected choice, shuffling all
// (cell, model) pairs together, puts half a block of drift between the two and makes every interval wider. What is left
// is carry-over from the trial just before (a warm cache, freed kernel memory); the shuffle within the cell spreads
// that over the models from block to block.
//
// The order `abba` is for two builds of one model, whose difference is a few percent, where drift within the seconds of
// a cell counts as well: a cell's trials of two blocks run one after the other, those of the second block in the
// reverse order of the first (A B B A), so that a drift which is linear in time is in both sides to the same amount.
//
// Each block has a generator of its own, seeded by (seed, block), so that a block's order does not depend on how many
// blocks there are. The generator and the shuffle are written out here because the standard leaves
// std::shuffle's and std::uniform_int_distribution's results to the library: a resumed run must get the same order from
// any build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace threadmark::conductor {

/// SplitMix64: a full-period 64-bit generator with one word of state.
class generator {
 public:
  generator(std::uint32_t seed, std::uint32_t block) : state_((std::uint64_t{seed} << 32) | block) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  /// Evenly from [0, bound): values that would favour the low ones are drawn again.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t uneven = -bound % bound;  // 2^64 mod bound
    for (;;) {
      const auto value = next();
      if (value >= uneven) return value % bound;
    }
  }

 private:
  std::uint64_t state_;
};

template <class T>
void shuffle(std::vector<T>& items, generator& random) {
  for (std::size_t left = items.size(); left > 1; --left) std::swap(items[left - 1], items[random.below(left)]);
}

}  // namespace threadmark::conductor
