// One task starts n others that each wait, and goes on.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <model.hpp>
#include <string>

#include "trial.hpp"

namespace threadmark::workloads {

/// Timed: from the first task started until all have waited. `held_up_ns` is what starting one took the caller,
/// `times_the_wait` how many times one wait all of them took together.
struct waits_in_parallel {
  static constexpr std::string_view name = "waits_in_parallel";
  static constexpr bool cold = true;

  explicit waits_in_parallel(const parameters& values) : n(positive(values, "n")), wait(positive(values, "wait_ms")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    using clock = std::chrono::steady_clock;
    typename M::wait_group ended;
    std::atomic<std::uint64_t> long_enough{0};  // relaxed: `ended` orders every addition before the check

    t.clock_on();
    const auto begin = clock::now();
    ended.add(static_cast<std::ptrdiff_t>(n));
    for (std::uint64_t i = 0; i < n; ++i)
      start<M>([&, wait = wait] {
        const auto asleep = clock::now();
        M::sleep_for(wait);
        if (clock::now() - asleep >= wait) long_enough.fetch_add(1, std::memory_order_relaxed);
        ended.done();
      });
    const auto held_up = clock::now() - begin;
    ended.wait();
    const auto time = t.clock_off();

    if (const auto right = long_enough.load(std::memory_order_relaxed); right != n)
      t.reject("waits_in_parallel: " + std::to_string(right) + " of " + std::to_string(n) +
               " tasks waited long enough");
    t.metric("times_the_wait", in_ms(time) / static_cast<double>(wait.count()));
    t.metric("held_up_ns", ns_per(held_up, n));
  }

  std::uint64_t n;
  std::chrono::milliseconds wait;
};

}  // namespace threadmark::workloads
