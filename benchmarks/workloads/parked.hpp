// n tasks are alive at once, every one blocked in a receive on the same channel, until its close wakes them all.
#pragma once

#include <model.hpp>

#include "parked_tasks.hpp"
#include "trial.hpp"

namespace threadmark::workloads {

/// Timed in two parts: starting the tasks until each has come as far as the receive (`create_ns_per_task`), and closing
/// the channel until each has gone on (`wake_ns_per_task`). Between the two nothing runs, and memory is measured from
/// outside. Cold, because the first touch of a task's memory belongs to what is asked.
struct parked {
  static constexpr std::string_view name = "parked";
  static constexpr bool cold = true;

  explicit parked(const parameters& values) : n(positive(values, "n")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    parked_tasks<M> tasks(n);

    t.snapshot("baseline", 0);
    t.clock_on();
    tasks.start_all();
    tasks.arrived.wait();
    const auto create = t.clock_off();

    M::sleep_for(settle);
    tasks.expect_all_parked(t, name);
    t.tasks_are_here(tasks.samples());
    t.snapshot("parked", n);

    t.clock_on();
    tasks.gate.close();
    tasks.ended.wait();
    const auto wake = t.clock_off();

    tasks.expect_all_woken(t, name);
    t.metric("create_ns_per_task", ns_per(create, n));
    t.metric("wake_ns_per_task", ns_per(wake, n));
  }

  std::uint64_t n;
};

}  // namespace threadmark::workloads
