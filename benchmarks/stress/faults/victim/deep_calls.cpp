#include <algorithm>
#include <array>
#include <chrono>

#include "stress/faults/victim/crew.hpp"
#include "stress/faults/victim/work.hpp"

namespace threadmark::faults {
namespace {

/// So many levels of more than half a kilobyte each, which must read the same after others have run.
[[gnu::noinline]] void descend(int levels, unsigned mark, dice& random) {
  std::array<volatile unsigned, 128> block;
  for (auto& word : block) word = mark + static_cast<unsigned>(levels);
  if (levels == 0) {
    mn::yield();
    attempt([&] { mn::sleep_for(std::chrono::microseconds(random.below(6000))); });
  } else {
    descend(levels - 1, mark, random);
  }
  const auto right = [&](unsigned word) { return word == mark + static_cast<unsigned>(levels); };
  if (!std::all_of(block.begin(), block.end(), right)) broken("a stack has not kept what was on it");
}

}  // namespace

void deep_calls(dice random) {
  crew all;
  for (std::uint64_t n = 1 + random.below(30); n > 0; --n) {
    // At most a half of the smallest stack that the victim asks for.
    all.start([levels = static_cast<int>(random.below(40)), mark = static_cast<unsigned>(random()),
               own = dice(random())]() mutable { descend(levels, mark, own); });
  }
}

}  // namespace threadmark::faults
