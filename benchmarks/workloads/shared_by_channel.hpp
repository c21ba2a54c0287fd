// Several tasks send their updates of one table to the task that owns it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <model.hpp>
#include <optional>

#include "shared_table.hpp"
#include "trial.hpp"

namespace threadmark::workloads {

/// Timed: from the first task started to the last update made.
struct shared_by_channel {
  static constexpr std::string_view name = "shared_by_channel";
  static constexpr bool cold = false;
  static constexpr std::size_t capacity = 128;

  explicit shared_by_channel(const parameters& values)
      : tasks(positive(values, "tasks")), updates(positive(values, "updates")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    using channel = typename M::template channel<std::uint64_t>;
    channel wanted{at_least{capacity}};
    shared_table table;
    typename M::wait_group owner;
    // The tasks' together: the last may still be inside its close when the root goes on.
    const auto sending = std::make_shared<std::atomic<std::uint64_t>>(tasks);

    t.clock_on();
    owner.add(1);
    start<M>([&table, &owner, wanted]() mutable {
      while (const std::optional<std::uint64_t> k = wanted.recv()) table.update(*k);
      owner.done();
    });
    for (std::uint64_t first = 0; first < tasks; ++first)
      start<M>([wanted, sending, first, tasks = tasks, updates = updates]() mutable {
        for (std::uint64_t k = first; k < updates; k += tasks) wanted.send(k);
        if (sending->fetch_sub(1, std::memory_order_acq_rel) == 1) wanted.close();
      });
    owner.wait();
    const auto time = t.clock_off();

    table.expect_all(t, name, updates);
    t.metric("ns_per_update", ns_per(time, updates));
  }

  std::uint64_t tasks;
  std::uint64_t updates;
};

}  // namespace threadmark::workloads
