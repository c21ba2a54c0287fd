#include "spin_calibration.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <workloads/work_loop.hpp>

namespace threadmark::harness {

std::uint64_t measure_spin_steps_per_us() {
  using clock = std::chrono::steady_clock;
  constexpr int runs = 100;
  constexpr std::uint64_t steps = 200'000;  // some 200 µs: long against a look at the clock, short against a time slice
  double best_us = 1e300;
  std::uint64_t x = 1;
  for (int run = 0; run < runs; ++run) {
    const auto start = clock::now();
    x = workloads::do_work(x, steps);
    const std::chrono::duration<double, std::micro> time = clock::now() - start;
    best_us = std::min(best_us, time.count());
  }
  // The loop's result must look used, or the runs could be left out.
  asm volatile("" : : "r"(x));
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(static_cast<double>(steps) / best_us)));
}

}  // namespace threadmark::harness
