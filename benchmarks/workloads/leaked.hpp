// n tasks wait in channels that nobody will ever send into or close.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <model.hpp>
#include <string>
#include <vector>

#include "deep_stack.hpp"
#include "trial.hpp"

namespace threadmark::workloads {

/// Nothing is timed. The root keeps a handle to each channel, for one reason: so that the process can end. No model
/// here looks for tasks that nothing can reach, so it makes no difference to any.
struct leaked {
  static constexpr std::string_view name = "leaked";
  static constexpr bool cold = true;

  explicit leaked(const parameters& values) : n(positive(values, "n")), alone(positive(values, "idle_ms")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    using channel = typename M::template channel<int>;
    std::vector<channel> forgotten;
    forgotten.reserve(n);
    typename M::wait_group arrived, ended;
    std::atomic<std::uint64_t> woken{0};  // relaxed: looked at while all should be parked, or after `ended`

    t.clock_on();
    t.snapshot("baseline", 0);
    arrived.add(static_cast<std::ptrdiff_t>(n));
    ended.add(static_cast<std::ptrdiff_t>(n));
    for (std::uint64_t i = 0; i < n; ++i) {
      forgotten.emplace_back(std::size_t{0});
      start<M>([&, nobody_sends = forgotten.back()]() mutable {
        arrived.done();
        (void)nobody_sends.recv();
        woken.fetch_add(1, std::memory_order_relaxed);
        ended.done();
      });
    }
    arrived.wait();
    M::sleep_for(settle);
    t.snapshot("leaked", n);
    M::sleep_for(alone);
    ask_to_give_back();
    t.snapshot("aged", n);
    std::uint64_t listed = 0;
    if constexpr (lists_tasks<M>) listed = M::receivers_listed();
    t.clock_off();

    if (const auto awake = woken.load(std::memory_order_relaxed); awake != 0)
      t.reject("leaked: " + std::to_string(awake) + " tasks went on, though nobody woke them");
    if (listed > n) t.reject("leaked: " + std::to_string(listed) + " tasks listed of " + std::to_string(n));
    t.metric("listed", static_cast<double>(listed));
    for (auto& one : forgotten) one.close();
    ended.wait();
  }

  std::uint64_t n;
  std::chrono::milliseconds alone;
};

}  // namespace threadmark::workloads
