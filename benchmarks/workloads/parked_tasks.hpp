// Tasks that are blocked in a receive on one channel until its close wakes them: what `parked` and `idle` are about.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <model.hpp>
#include <span>

#include "trial.hpp"

namespace threadmark::workloads {

/// Lives in the root task's frame. The root starts them, waits for `arrived`, lets them settle, closes `gate` and waits
/// for `ended`; every check is made while no clock runs.
template <threading_model M>
struct parked_tasks {
  explicit parked_tasks(std::uint64_t how_many) : n(how_many) {}

  void start_all() {
    arrived.add(static_cast<std::ptrdiff_t>(n));
    ended.add(static_cast<std::ptrdiff_t>(n));
    // Those that say where they are come in equal distances, from the middle of the first one on.
    const std::uint64_t distance = (n + sampled.size() - 1) / sampled.size();
    for (std::uint64_t i = 0; i < n; ++i) {
      if (i % distance == distance / 2)
        start<M>([this, sample = &sampled[i / distance]] {
          *sample = M::memory_of_this_task();
          park();
        });
      else
        start<M>([this] { park(); });
    }
  }

  /// Those of `sampled` that have been filled in. Once `arrived` is down.
  std::span<const task_memory> samples() const {
    const auto end = std::ranges::find(sampled, nullptr, &task_memory::stack);
    return {sampled.begin(), end};
  }

  /// Rejects where a task has not stayed parked.
  void expect_all_parked(trial& t, std::string_view workload) const {
    if (const auto awake = woken.load(std::memory_order_relaxed); awake != 0)
      t.reject(std::string(workload) + ": " + std::to_string(awake) + " tasks went on before the channel was closed");
  }

  /// Rejects where not every task was woken by the close.
  void expect_all_woken(trial& t, std::string_view workload) const {
    if (const auto awake = woken.load(std::memory_order_relaxed); awake != n)
      t.reject(std::string(workload) + ": " + std::to_string(awake) + " of " + std::to_string(n) + " tasks woken");
    if (const auto values = saw_a_value.load(std::memory_order_relaxed); values != 0)
      t.reject(std::string(workload) + ": " + std::to_string(values) + " tasks received a value that nobody sent");
  }

  const std::uint64_t n;
  std::array<task_memory, 64> sampled{};
  typename M::template channel<int> gate{std::size_t{0}};
  typename M::wait_group arrived;
  typename M::wait_group ended;
  // Relaxed suffices: `ended` orders every addition before the check.
  std::atomic<std::uint64_t> woken{0};
  std::atomic<std::uint64_t> saw_a_value{0};

 private:
  void park() {
    arrived.done();
    if (gate.recv()) saw_a_value.fetch_add(1, std::memory_order_relaxed);
    woken.fetch_add(1, std::memory_order_relaxed);
    ended.done();
  }
};

}  // namespace threadmark::workloads
