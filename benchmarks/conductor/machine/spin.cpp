#include "machine/spin.hpp"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "machine/cpu.hpp"

namespace threadmark::conductor {
namespace {

/// Keeps the value in a register as far as the compiler knows, so that neither the loop nor its start folds away.
inline void keep(std::uint64_t& x) {
  asm volatile("" : "+r"(x));
}

}  // namespace

std::int64_t measure_spin_steps_per_us() {
  cpu_set_t before, one;
  const bool restore = ::sched_getaffinity(0, sizeof before, &before) == 0;
  CPU_ZERO(&one);
  CPU_SET(allowed_cpus().front(), &one);
  ::sched_setaffinity(0, sizeof one, &one);  // if refused, a spin that is moved away is only a slow one

  constexpr int spins = 200, steps = 200'000;
  double best = 1;
  std::uint64_t x = 1;
  for (int spin = 0; spin < spins; ++spin) {
    keep(x);
    const auto start = std::chrono::steady_clock::now();
    for (int step = 0; step < steps; ++step) x = x * 6364136223846793005u + 1442695040888963407u;
    keep(x);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    best = std::max(best, steps / std::max(took.count(), 1e-3));
  }
  if (restore) ::sched_setaffinity(0, sizeof before, &before);
  return std::max<std::int64_t>(1, std::llround(best));
}

}  // namespace threadmark::conductor
