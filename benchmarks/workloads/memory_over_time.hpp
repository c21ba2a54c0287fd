// n tasks park, go deep into their stacks, come back, are left alone and end; the memory that they hold is read at each
// of these moments.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <model.hpp>
#include <string>

#include "deep_stack.hpp"
#include "trial.hpp"

namespace threadmark::workloads {

/// Nothing is timed. Whether a stack grows shows at `deep`, whether it shrinks at `idle` (left alone) and `asked`
/// (after the program has asked for it), and what a model keeps of tasks that are no more at `ended`.
struct memory_over_time {
  static constexpr std::string_view name = "memory_over_time";
  static constexpr bool cold = true;

  explicit memory_over_time(const parameters& values)
      : n(positive(values, "n")), depth_bytes(positive(values, "depth_bytes")), alone(positive(values, "idle_ms")) {}

  std::uint64_t frames() const { return (depth_bytes + frame_bytes - 1) / frame_bytes; }
  /// What the compiler adds to a call's own bytes, and what the model needs itself, are allowed for.
  std::uint64_t stack_needed() const { return depth_bytes + depth_bytes / 2 + 16 * 1024; }

  template <threading_model M>
  void iterate(trial& t) const {
    if (t.stack_bytes() < stack_needed())
      t.limit("memory_over_time: a stack of " + std::to_string(t.stack_bytes()) + " bytes has no room for " +
              std::to_string(depth_bytes) + " and what comes with them");
    moments<M> at;
    t.clock_on();  // a trial has a time; no metric comes of it
    t.snapshot("baseline", 0);
    for (auto* reached : {&at.parked, &at.deep, &at.returned, &at.ended}) reached->add(static_cast<std::ptrdiff_t>(n));
    for (std::uint64_t i = 0; i < n; ++i)
      start<M>([&at, i, frames = frames()] {
        at.parked.done();
        at.pass(at.down);
        auto at_the_bottom = [&at] {
          at.deep.done();
          at.pass(at.up);
        };
        if (go_deep(frames, i, at_the_bottom) == right_depth_sum(frames, i))
          at.right.fetch_add(1, std::memory_order_relaxed);
        at.returned.done();
        at.pass(at.end);
        at.ended.done();
      });

    look(t, at, at.parked, settle, 0, "parked");
    at.down.close();
    look(t, at, at.deep, settle, 1, "deep");
    at.up.close();
    look(t, at, at.returned, settle, 2, "returned");
    look(t, at, at.returned, alone, 2, "idle");
    ask_to_give_back();
    look(t, at, at.returned, settle, 2, "asked");
    if (const auto right = at.right.load(std::memory_order_relaxed); right != n)
      t.reject("memory_over_time: " + std::to_string(right) + " of " + std::to_string(n) +
               " tasks found their stacks as they left them");
    at.end.close();
    look(t, at, at.ended, alone, 3, "ended");
    t.clock_off();
  }

  std::uint64_t n;
  std::uint64_t depth_bytes;
  std::chrono::milliseconds alone;

 private:
  /// Lives in the root's frame; the tasks are done with it when `ended` is.
  template <threading_model M>
  struct moments {
    using model = M;
    using gate = typename M::template channel<int>;

    void pass(gate& closed_later) {
      (void)closed_later.recv();
      passed.fetch_add(1, std::memory_order_relaxed);
    }

    gate down{std::size_t{0}}, up{std::size_t{0}}, end{std::size_t{0}};
    typename M::wait_group parked, deep, returned, ended;
    // Relaxed suffices: the wait groups order every addition before the check of it.
    std::atomic<std::uint64_t> passed{0}, right{0};
  };

  /// Once all have come so far, and then so long. By then each task has passed so many gates.
  template <class Moments, class WaitGroup>
  void look(trial& t, Moments& at, WaitGroup& reached, std::chrono::milliseconds then, std::uint64_t gates,
            std::string_view moment) const {
    reached.wait();
    Moments::model::sleep_for(then);
    if (const auto passed = at.passed.load(std::memory_order_relaxed); passed != gates * n)
      t.reject("memory_over_time: " + std::string(moment) + ": " + std::to_string(passed) + " gates passed, not " +
               std::to_string(gates * n));
    t.snapshot(moment, n);
  }
};

}  // namespace threadmark::workloads
