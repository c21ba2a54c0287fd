// A tree of n contexts, each with a task that waits for its end; the root is cancelled.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <model.hpp>
#include <string>
#include <vector>

#include "trial.hpp"

namespace threadmark::workloads {

/// Timed in two parts: making the contexts and the tasks until each task has come as far as its wait, and the
/// cancelling until the last task has ended.
struct cancel_tree {
  static constexpr std::string_view name = "cancel_tree";
  static constexpr bool cold = true;

  explicit cancel_tree(const parameters& values) : n(positive(values, "n")), fan_out(positive(values, "fan_out")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    if constexpr (cancels<M>) {
      using node = decltype(M::with_cancel(typename M::context()));
      std::vector<node> tree;
      tree.reserve(n);
      typename M::wait_group arrived, ended;
      std::atomic<std::uint64_t> cancelled{0};  // relaxed: `ended` orders every addition before the check
      arrived.add(static_cast<std::ptrdiff_t>(n));
      ended.add(static_cast<std::ptrdiff_t>(n));

      t.clock_on();
      for (std::uint64_t i = 0; i < n; ++i) {
        tree.push_back(
            M::with_cancel(i == 0 ? typename M::context() : typename M::context(tree[(i - 1) / fan_out].ctx)));
        start<M>([&arrived, &ended, &cancelled, ctx = typename M::context(tree.back().ctx)] {
          arrived.done();
          (void)M::select(M::on_done(ctx, [] {}));
          if (M::end_of(ctx) == context_end::cancelled) cancelled.fetch_add(1, std::memory_order_relaxed);
          ended.done();
        });
      }
      arrived.wait();
      const auto create = t.clock_off();

      M::sleep_for(settle);
      t.clock_on();
      tree.front().cancel();
      ended.wait();
      const auto cancel = t.clock_off();

      if (const auto right = cancelled.load(std::memory_order_relaxed); right != n)
        t.reject("cancel_tree: " + std::to_string(right) + " of " + std::to_string(n) +
                 " tasks saw that they were cancelled");
      t.metric("create_ns_per_task", ns_per(create, n));
      t.metric("ns_per_task", ns_per(cancel, n));
    } else {
      throw not_expressed("cancellation");  // said before, with the reason: the label is `unsupported`
    }
  }

  std::uint64_t n;
  std::uint64_t fan_out;
};

}  // namespace threadmark::workloads
