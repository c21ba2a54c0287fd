// The plain OS threads that are blocked inside mn for as long as nobody wakes them: in run(), or parked on a channel, a
// lock or the like without a time limit. Reports list them; the search for deadlocks needs their exact number.
//
// Invariant: a thread that is listed does nothing by itself that could make a task ready, from before it is listed
// until after somebody else has taken it off. It enters itself before anybody can wake it; *whoever wakes it takes it
// off first*. So at any moment those that are listed are asleep, or on their way to it, or on their way back only after
// they were taken off. (Rejected: a counter that each thread lowers itself once it is awake. A thread that has been
// woken and has not run yet would count as asleep, and a deadlock be found that is none.) `version` changes with the
// list, so that who finds it unchanged knows that nothing happened in between. One lock for the process: a plain thread
// that blocks makes system calls anyway.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "mn/detail/spin_lock.hpp"
#include "mn/detail/task.hpp"
#include "mn/detail/waiter.hpp"

namespace mn::detail {

class blocked_threads {
 public:
  static blocked_threads& instance() noexcept;

  /// The calling thread is going to block at `p`, where nobody can find it before the call returns.
  void enter(thread_parker& p, wait_reason why, const void* on) noexcept;
  /// The same, if `still()` is true; what it does becomes visible together with the entry. Returns what it returned.
  template <class F>
  bool enter_if(thread_parker& p, wait_reason why, const void* on, F still) noexcept {
    std::lock_guard hold(lock_);
    if (!still()) return false;
    link(p, why, on);
    return true;
  }
  /// Before `p`'s owner is woken. Does nothing if it is not listed (it has a time limit).
  void leave(thread_parker& p) noexcept;
  /// Takes off all that wait for `why` and `on`, and calls `wake()` before any of them can be seen awake.
  template <class F>
  void leave_all(wait_reason why, const void* on, F wake) noexcept {
    std::lock_guard hold(lock_);
    for (thread_parker* p = first_; p;) {
      thread_parker* next = p->next;
      if (p->why == why && p->on == on) unlink(*p);
      p = next;
    }
    wake();
  }

  /// In a forked child: those threads are not there.
  void forget() noexcept;

  struct count {
    std::size_t threads;
    std::uint64_t version;
    friend bool operator==(const count&, const count&) = default;
  };
  [[nodiscard]] count now() noexcept {
    std::lock_guard hold(lock_);
    return {count_, version_};
  }

  /// Calls f(const thread_parker&) for each, under the lock: f must be short and must not block.
  template <class F>
  void each(F f) noexcept {
    std::lock_guard hold(lock_);
    for (const thread_parker* p = first_; p; p = p->next) f(*p);
  }

 private:
  void link(thread_parker& p, wait_reason why, const void* on) noexcept;
  void unlink(thread_parker& p) noexcept;

  spin_lock lock_;
  thread_parker* first_ = nullptr;
  std::size_t count_ = 0;
  std::uint64_t version_ = 0;
};

}  // namespace mn::detail
