// The work in a job: arithmetic, never a look at the clock, so that a job costs the same whatever else happens.
//
// One step is x → multiplier·x + increment modulo 2^64. Each step needs the one before it, so no compiler can make the
// loop wider, and the result of any number of steps is one affine map, known without running the loop.
#pragma once

#include <cstdint>

namespace threadmark::workloads {

inline constexpr std::uint64_t work_multiplier = 6364136223846793005;
inline constexpr std::uint64_t work_increment = 1442695040888963407;

/// Does `steps` steps from x. Not inlined: the loop is the same machine code for every model and for the calibration.
[[gnu::noinline]] inline std::uint64_t do_work(std::uint64_t x, std::uint64_t steps) {
  for (; steps != 0; --steps) x = x * work_multiplier + work_increment;
  return x;
}

/// x → factor·x + offset modulo 2^64.
struct affine_map {
  std::uint64_t factor = 1;
  std::uint64_t offset = 0;

  constexpr std::uint64_t operator()(std::uint64_t x) const { return factor * x + offset; }

  /// First this map, then `next`.
  constexpr affine_map then(affine_map next) const {
    return {next.factor * factor, next.factor * offset + next.offset};
  }
};

/// What `do_work` computes, in O(log steps).
constexpr affine_map work_as_map(std::uint64_t steps) {
  affine_map result;
  for (affine_map power{work_multiplier, work_increment}; steps != 0; steps /= 2, power = power.then(power))
    if (steps % 2 != 0) result = result.then(power);
  return result;
}

/// 0 + 1 + ... + (count - 1) modulo 2^64.
constexpr std::uint64_t sum_below(std::uint64_t count) {
  if (count == 0) return 0;
  return count % 2 == 0 ? count / 2 * (count - 1) : count * ((count - 1) / 2);
}

}  // namespace threadmark::workloads
