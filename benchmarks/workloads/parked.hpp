// n tasks are alive at once, every one blocked in a receive on the same channel, until its close wakes them all.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <model.hpp>

#include "trial.hpp"

namespace threadmark::workloads {

/// Timed in two parts: starting the tasks until each has come as far as the receive (`create_ns_per_task`), and closing
/// the channel until each has gone on (`wake_ns_per_task`). Between the two nothing runs, and memory is measured from
/// outside. Cold, because the first touch of a task's memory belongs to what is asked.
struct parked {
  static constexpr std::string_view name = "parked";
  static constexpr bool cold = true;

  explicit parked(const parameters& values) : n(positive(values, "n")) {}

  /// Long enough for the last task to get from lowering the wait group into its receive.
  static constexpr std::chrono::milliseconds settle{100};

  template <threading_model M>
  void iterate(trial& t) const {
    struct shared_state {
      typename M::template channel<int> gate{std::size_t{0}};
      typename M::wait_group arrived;
      typename M::wait_group ended;
      // Relaxed suffices: `ended` orders every addition before the check.
      std::atomic<std::uint64_t> woken{0};
      std::atomic<std::uint64_t> saw_a_value{0};
    } shared;

    t.snapshot("baseline", 0);
    t.clock_on();
    shared.arrived.add(static_cast<std::ptrdiff_t>(n));
    shared.ended.add(static_cast<std::ptrdiff_t>(n));
    for (std::uint64_t i = 0; i < n; ++i)
      start<M>([&shared] {
        shared.arrived.done();
        if (shared.gate.recv()) shared.saw_a_value.fetch_add(1, std::memory_order_relaxed);
        shared.woken.fetch_add(1, std::memory_order_relaxed);
        shared.ended.done();
      });
    shared.arrived.wait();
    const auto create = t.clock_off();

    M::sleep_for(settle);
    if (const auto woken = shared.woken.load(std::memory_order_relaxed); woken != 0)
      t.reject("parked: " + std::to_string(woken) + " tasks went on before the channel was closed");
    t.snapshot("parked", n);

    t.clock_on();
    shared.gate.close();
    shared.ended.wait();
    const auto wake = t.clock_off();

    if (const auto woken = shared.woken.load(std::memory_order_relaxed); woken != n)
      t.reject("parked: " + std::to_string(woken) + " of " + std::to_string(n) + " tasks woken");
    if (const auto values = shared.saw_a_value.load(std::memory_order_relaxed); values != 0)
      t.reject("parked: " + std::to_string(values) + " tasks received a value that nobody sent");
    t.metric("create_ns_per_task", ns_per(create, n));
    t.metric("wake_ns_per_task", ns_per(wake, n));
  }

  std::uint64_t n;
};

}  // namespace threadmark::workloads
