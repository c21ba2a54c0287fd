// n tasks are parked and nothing happens for a while: how much of the processor the runtime takes all the same.
#pragma once

#include <chrono>
#include <model.hpp>

#include "cpu_time.hpp"
#include "parked_tasks.hpp"
#include "trial.hpp"

namespace threadmark::workloads {

/// Timed: the root's one sleep of `window_ms`, after all tasks have parked and settled. `cpu_ms` is the CPU time
/// that the whole process used in it, read by the root just before and just after the sleep: so one going to sleep, one
/// waking up and one reading of the clock are in it, some 0.05 ms, and nothing else of the workload.
struct idle {
  static constexpr std::string_view name = "idle";
  static constexpr bool cold = true;

  explicit idle(const parameters& values) : n(positive(values, "n")), window(positive(values, "window_ms")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    parked_tasks<M> tasks(n);
    tasks.start_all();
    tasks.arrived.wait();
    M::sleep_for(settle);
    tasks.expect_all_parked(t, name);

    t.clock_on();
    const auto before = process_cpu_time();
    M::sleep_for(window);
    const auto used = process_cpu_time() - before;
    const auto lasted = t.clock_off();

    if (lasted < window)
      t.reject("idle: a sleep of " + std::to_string(window.count()) + " ms ended after " +
               std::to_string(lasted.count()) + " ns");
    tasks.expect_all_parked(t, name);
    tasks.gate.close();
    tasks.ended.wait();
    tasks.expect_all_woken(t, name);
    t.metric("cpu_ms", in_ms(used));
  }

  std::uint64_t n;
  std::chrono::milliseconds window;
};

}  // namespace threadmark::workloads
