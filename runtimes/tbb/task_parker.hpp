// Blocking for oneTBB: task::suspend puts the running task's stack aside and lets its worker run other tasks;
// task::resume, from any thread, queues it again. So a blocked task never blocks a worker.
//
// The state is a set of flags, changed by atomic exchanges only:
//   unparked   unpark() has been called
//   expired    the deadline has passed
//   suspended  `point_` may be resumed; whoever takes this flag off, and nobody else, resumes it
// The task leaves park() only with `unparked` set. An unpark() that finds no `suspended` flag touches nothing
// afterwards; one that takes it off reads `point_` before the resume, and the task cannot go on before that.
#pragma once

#include <oneapi/tbb/task.h>

#include <atomic>
#include <stdexcept>

#include "compose/blocking.hpp"
#include "compose/timer_thread.hpp"

namespace threadmark::tbb_tasks {

/// Made when first needed: a program that never sleeps has no timer thread.
inline compose::timer_thread& timers() {
  static compose::timer_thread timers;
  return timers;
}

class task_parker : private compose::timer_thread::entry {
 public:
  task_parker() : entry([](entry& e) { static_cast<task_parker&>(e).raise(expired); }) {}

  void park() {
    while ((flags_.load(std::memory_order_acquire) & unparked) == 0) suspend(unparked);
  }

  bool park_until(compose::time_point deadline) {
    if ((flags_.load(std::memory_order_acquire) & unparked) != 0) return true;
    if (deadline <= compose::clock::now()) return false;
    timers().arm(*this, deadline);
    suspend(unparked | expired);
    timers().disarm(*this);
    return (flags_.load(std::memory_order_acquire) & unparked) != 0;
  }

  void unpark() { raise(unparked); }

  /// Lets the worker run other tasks and comes back.
  static void yield() {
    oneapi::tbb::task::suspend([](oneapi::tbb::task::suspend_point point) { oneapi::tbb::task::resume(point); });
  }

 private:
  enum : unsigned { unparked = 1, expired = 2, suspended = 4 };

  /// Returns when one of the flags `until` is up.
  void suspend(unsigned until) {
    oneapi::tbb::task::suspend([this, until](oneapi::tbb::task::suspend_point point) {
      point_ = point;
      unsigned now = flags_.load(std::memory_order_relaxed);
      do {
        if ((now & until) != 0) return oneapi::tbb::task::resume(point);  // it came while the stack was put aside
        // release: publishes point_ to the raise() that takes the flag off.
      } while (
          !flags_.compare_exchange_weak(now, now | suspended, std::memory_order_release, std::memory_order_relaxed));
    });
  }

  void raise(unsigned flag) {
    unsigned now = flags_.load(std::memory_order_relaxed);
    // acq_rel: publishes what the claimer wrote to the task that finds the flag; acquires point_.
    while (!flags_.compare_exchange_weak(now, (now | flag) & ~unsigned{suspended}, std::memory_order_acq_rel,
                                         std::memory_order_relaxed)) {
    }
    if ((now & suspended) != 0) oneapi::tbb::task::resume(point_);
  }

  std::atomic<unsigned> flags_{0};
  oneapi::tbb::task::suspend_point point_{};
};

class channel_closed : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace threadmark::tbb_tasks
