// One task sleeps, again and again: how much longer than it asked for.
#pragma once

#include <chrono>
#include <model.hpp>
#include <string>
#include <vector>

#include "latency.hpp"

namespace threadmark::workloads {

/// Each sample is a sleep's length by the clock less what was asked for.
struct timer_error {
  static constexpr std::string_view name = "timer_error";
  static constexpr bool cold = true;

  explicit timer_error(const parameters& values)
      : samples(positive(values, "samples")), delay(positive(values, "delay_us")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    const std::int64_t asked = std::chrono::nanoseconds(delay).count();
    std::vector<std::int64_t> errors;
    errors.reserve(samples);
    t.clock_on();
    for (std::uint64_t i = 0; i < samples; ++i) {
      const std::int64_t begin = clock_now_ns();
      M::sleep_for(delay);
      errors.push_back(clock_now_ns() - begin - asked);
    }
    t.clock_off();
    if (const std::int64_t least = std::ranges::min(errors); least < 0)
      t.reject("timer_error: a sleep was " + std::to_string(-least) + " ns too short");
    report_latencies(t, std::move(errors));
  }

  std::uint64_t samples;
  std::chrono::microseconds delay;
};

}  // namespace threadmark::workloads
