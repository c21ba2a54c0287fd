// wait_group: waits until a number of tasks have said that they are done.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <utility>

#include "mn/detail/waiter.hpp"
#include "mn/errors.hpp"
#include "mn/task.hpp"

namespace mn {

/// A counter that one can wait on until it is zero, as Go's sync.WaitGroup. All members from any task or thread. May be
/// used again once every wait() has returned. It must live until every wait() and done() has returned; the done()
/// that ends the last wait() touches it no more once the waiter can run.
class wait_group {
 public:
  wait_group() = default;
  wait_group(const wait_group&) = delete;
  wait_group& operator=(const wait_group&) = delete;

  /// Raises (or, negative, lowers) the counter. Raise it before the task that lowers it is started. Throws
  /// negative_wait_group_counter where it would fall below zero; the counter then stays as it was.
  void add(std::ptrdiff_t n = 1);
  /// Lowers the counter by one; at zero everyone who waits goes on.
  void done() { add(-1); }
  /// Blocks until the counter is zero.
  void wait() noexcept;

  /// Starts `f` as a task that is counted: add(1) now, done() when f has returned.
  template <class F>
  void go(F&& f, const std::source_location& where = std::source_location::current()) {
    add(1);
    try {
      mn::go(
          [this, f = std::forward<F>(f)]() mutable {
            f();
            done();
          },
          where);
    } catch (...) {
      done();
      throw;
    }
  }

 private:
  // state_ = counter * 2 + (1 if somebody is in waiters_).
  // Invariant: the low bit is set only under lock_, together with a waiter in the list; who brings the counter to
  // zero while it is set takes the whole list.
  std::atomic<std::int64_t> state_{0};
  detail::spin_lock lock_;
  detail::waiter_list waiters_;
};

}  // namespace mn
