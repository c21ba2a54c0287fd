// n tasks have been started and none of them has run yet.
#pragma once

#include <atomic>
#include <cstddef>
#include <model.hpp>

#include "trial.hpp"

namespace threadmark::workloads {

/// Memory is measured from outside when the last task has been started: what a task takes before its first instruction,
/// wherever the model keeps it. Timed, but no metric: starting them, since the way in which a model holds tasks back
/// (see `held_tasks`) need not be the one in which it starts them otherwise. Cold, for the first touch of the memory.
struct spawned {
  static constexpr std::string_view name = "spawned";
  static constexpr bool cold = true;

  explicit spawned(const parameters& values) : n(positive(values, "n")) {}

  template <threading_model M>
  void iterate([[maybe_unused]] trial& t) const {
    if constexpr (holds_tasks<M>) {
      typename M::wait_group ended;
      // Relaxed suffices: `ended` orders every addition before the last check; the checks before it catch what has run.
      std::atomic<std::uint64_t> ran{0};
      const auto expect_none_ran = [&] {
        if (const auto count = ran.load(std::memory_order_relaxed); count != 0)
          t.reject("spawned: " + std::to_string(count) + " of " + std::to_string(n) +
                   " tasks ran before they were let");
      };
      ended.add(static_cast<std::ptrdiff_t>(n));
      typename M::held_tasks held;

      t.snapshot("baseline", 0);
      t.clock_on();
      for (std::uint64_t i = 0; i < n; ++i)
        start_held(held, [&ran, &ended] {
          ran.fetch_add(1, std::memory_order_relaxed);
          ended.done();
        });
      t.clock_off();
      expect_none_ran();
      t.snapshot("spawned", n);
      expect_none_ran();

      held.release();
      ended.wait();
      if (const auto count = ran.load(std::memory_order_relaxed); count != n)
        t.reject("spawned: " + std::to_string(count) + " of " + std::to_string(n) + " tasks ran");
    } else {
      throw not_expressed("held_start");  // said before, with the reason: the label is `unsupported`
    }
  }

  std::uint64_t n;
};

}  // namespace threadmark::workloads
