// Several tasks update one table, each under the same mutex.
#pragma once

#include <cstddef>
#include <model.hpp>
#include <mutex>

#include "shared_table.hpp"
#include "trial.hpp"

namespace threadmark::workloads {

/// Timed: from the first task started to the last update made.
struct shared_by_mutex {
  static constexpr std::string_view name = "shared_by_mutex";
  static constexpr bool cold = false;

  explicit shared_by_mutex(const parameters& values)
      : tasks(positive(values, "tasks")), updates(positive(values, "updates")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    shared_table table;
    typename M::mutex lock;
    typename M::wait_group working;

    t.clock_on();
    working.add(static_cast<std::ptrdiff_t>(tasks));
    for (std::uint64_t first = 0; first < tasks; ++first)
      start<M>([&, first, tasks = tasks, updates = updates] {
        for (std::uint64_t k = first; k < updates; k += tasks) {
          const std::lock_guard hold(lock);
          table.update(k);
        }
        working.done();
      });
    working.wait();
    const auto time = t.clock_off();

    table.expect_all(t, name, updates);
    t.metric("ns_per_update", ns_per(time, updates));
  }

  std::uint64_t tasks;
  std::uint64_t updates;
};

}  // namespace threadmark::workloads
