// One task spins without giving way; beside it another sleeps 1 ms, again and again.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <model.hpp>
#include <vector>

#include "percentile.hpp"
#include "trial.hpp"
#include "work_loop.hpp"

namespace threadmark::workloads {

/// Timed: from the start of the spinning task until the root, which sleeps, has seen its end. A sleep's length is from
/// the end of the one before to its own, so nothing that the sleeper loses is missed: `sleep_p50_ms`, `sleep_p99_ms`
/// and `sleep_max_ms` of those that ended after the spinning had begun. A model that cannot take a core away from a
/// task has a single long one where both share a worker. Cold: what is measured is waiting.
struct sleep_beside_spin {
  static constexpr std::string_view name = "sleep_beside_spin";
  static constexpr bool cold = true;
  static constexpr std::chrono::milliseconds nap{1};
  static constexpr std::uint64_t steps_between_looks = 10'000;  ///< at the clock: some ten microseconds

  explicit sleep_beside_spin(const parameters& values) : spin(positive(values, "spin_ms")) {}

  using lengths = std::vector<trial::nanoseconds>;

  /// Says what is wrong, or nothing: one sleep at least, none shorter than asked for, none that the spinning task's
  /// time does not explain.
  static std::string fault_in(const lengths& sleeps, trial::nanoseconds spun) {
    if (sleeps.empty()) return "no sleep ended while the other task span or after it";
    trial::nanoseconds all{0};
    for (const auto length : sleeps) {
      if (length < nap) return "a sleep of 1 ms took " + std::to_string(length.count()) + " ns";
      all += length;
    }
    if (all < spun - spun / 10)
      return "the sleeps are " + std::to_string(all.count()) + " ns of the " + std::to_string(spun.count()) +
             " ns that the other task span";
    return {};
  }

  template <threading_model M>
  void iterate(trial& t) const {
    // Owned by both: the spinning task may still be on its way out when the root has seen its end.
    struct shared_state {
      std::atomic<bool> began{false};
      std::atomic<bool> ended{false};  // its release and acquire publish what is below
      std::uint64_t steps = 0;
      std::uint64_t answer = 0;
      trial::nanoseconds spun{0};
    };
    const auto shared = std::make_shared<shared_state>();
    lengths sleeps;
    sleeps.reserve(2 * spin.count() + 64);

    t.clock_on();
    auto last = clock::now();
    start<M>([shared, spin = spin] {
      const auto begin = clock::now();
      shared->began.store(true, std::memory_order_relaxed);  // says only that it runs
      std::uint64_t x = 0;
      do {
        x = do_work(x, steps_between_looks);
        shared->steps += steps_between_looks;
        shared->spun = clock::now() - begin;
      } while (shared->spun < spin);
      shared->answer = x;
      shared->ended.store(true, std::memory_order_release);
    });
    do {
      M::sleep_for(nap);
      const auto now = clock::now();
      if (shared->began.load(std::memory_order_relaxed)) sleeps.push_back(now - last);
      last = now;
    } while (!shared->ended.load(std::memory_order_acquire));
    t.clock_off();

    if (shared->answer != work_as_map(shared->steps)(0)) t.reject("sleep_beside_spin: the spinning task lost steps");
    if (const std::string fault = fault_in(sleeps, shared->spun); !fault.empty())
      t.reject("sleep_beside_spin: " + fault);
    std::ranges::sort(sleeps);
    t.metric("sleep_p50_ms", in_ms(percentile(sleeps, 50)));
    t.metric("sleep_p99_ms", in_ms(percentile(sleeps, 99)));
    t.metric("sleep_max_ms", in_ms(sleeps.back()));
  }

  std::chrono::milliseconds spin;

 private:
  using clock = std::chrono::steady_clock;
};

}  // namespace threadmark::workloads
