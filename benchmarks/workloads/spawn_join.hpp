// One task starts n tasks that each mark their own slot, and waits for all of them.
#pragma once

#include <cstddef>
#include <model.hpp>

#include "trial.hpp"

namespace threadmark::workloads {

/// Timed: raising the wait group, starting the tasks, and waiting for the last. Not timed: clearing and checking the
/// slots. The price of starting a task and of noticing its end, with as little as possible between them.
struct spawn_join {
  static constexpr std::string_view name = "spawn_join";
  static constexpr bool cold = false;

  explicit spawn_join(const parameters& values) : n(positive(values, "n")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    std::vector<unsigned char> marks(n);
    typename M::wait_group pending;

    t.clock_on();
    pending.add(static_cast<std::ptrdiff_t>(n));
    for (unsigned char& mark : marks)
      start<M>([&mark, &pending] {
        mark = 1;
        pending.done();
      });
    pending.wait();
    const auto time = t.clock_off();

    std::uint64_t marked = 0;
    for (const unsigned char mark : marks) marked += mark;
    if (marked != n) t.reject("spawn_join: " + std::to_string(marked) + " of " + std::to_string(n) + " slots marked");
    t.metric("ns_per_task", ns_per(time, n));
  }

  std::uint64_t n;
};

}  // namespace threadmark::workloads
