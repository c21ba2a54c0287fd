// condition: waits, without holding a lock meanwhile, until somebody says that something has changed.
//
// A waiter has a claim (see waiter.hpp), as a select has: it is linked first, then the user's lock is released, then
// the task parks unless somebody has claimed it meanwhile. So a notification that comes after the lock was released
// finds it, and what releasing the lock does is free: it may block, or wake others; no lock of ours is held meanwhile.
//
// Invariants
//   * A waiter is linked from before its lock is released until it is notified, or leaves because its time is over.
//   * A notification takes the oldest waiter whose claim it wins, in one step under `lock_`; one whose time is over
//     loses nobody's notification, since it cannot be won.
//   * One who was notified does not touch the condition again, and is touched no more by the notifier, except to be
//     woken if it has parked. So a condition may go as soon as all are notified, before their waits have returned.
#pragma once

#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstdint>

#include "mn/detail/deadline.hpp"
#include "mn/detail/waiter.hpp"
#include "mn/errors.hpp"
#include "mn/mutex.hpp"

namespace mn {

/// A condition variable for tasks and plain threads. `Lock` is std::unique_lock<mn::mutex>, or anything else with
/// lock() and unlock(): a std::shared_lock<mn::rw_mutex>, an mn::mutex itself.
///
/// The caller of a wait holds the lock; it is released while the caller waits and taken again before the wait returns
/// or throws. A Lock that knows that it holds nothing (owns_lock()) is refused: wait_without_lock. No wait returns
/// without a notification or the end of its time, but what was waited for may be over again by then; hence the forms
/// with a predicate. Those who waited longest are notified first. notify_one() and notify_all() may be called with or
/// without the lock. The condition may be destroyed once everyone who waits has been notified and the notifying calls
/// have returned.
class condition {
 public:
  condition() = default;
  condition(const condition&) = delete;
  condition& operator=(const condition&) = delete;

  void notify_one() noexcept;
  void notify_all() noexcept;

  template <class Lock>
  void wait(Lock& lock) {
    (void)wait_to(lock, detail::no_deadline);
  }
  /// Waits until predicate(), which is called with the lock held, is true.
  template <class Lock, std::predicate Predicate>
  void wait(Lock& lock, Predicate predicate) {
    check_held(lock);
    while (!predicate()) wait(lock);
  }

  /// Waits for `timeout` at most: cv_status::timeout where nobody notified in that time. Also throws std::bad_alloc.
  template <class Lock, class Rep, class Period>
  std::cv_status wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& timeout) {
    return wait_to(lock, detail::deadline_in(timeout));
  }
  /// Waits until predicate() is true, for `timeout` at most; returns what it is then.
  template <class Lock, class Rep, class Period, std::predicate Predicate>
  bool wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& timeout, Predicate predicate) {
    check_held(lock);
    const std::int64_t deadline_ns = detail::deadline_in(timeout);
    while (!predicate()) {
      if (wait_to(lock, deadline_ns) == std::cv_status::timeout) return predicate();
    }
    return true;
  }

  /// The same until a point in time. A clock that is set meanwhile is looked at when the time should be over; then
  /// wait_until may return early, with no_timeout.
  template <class Lock, class Clock, class Duration>
  std::cv_status wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& deadline) {
    const auto now = Clock::now();
    const auto status = now < deadline ? wait_for(lock, deadline - now) : wait_to(lock, 0);
    return Clock::now() < deadline ? std::cv_status::no_timeout : status;
  }
  template <class Lock, class Clock, class Duration, std::predicate Predicate>
  bool wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& deadline, Predicate predicate) {
    check_held(lock);
    while (!predicate()) {
      if (wait_until(lock, deadline) == std::cv_status::timeout) return predicate();
    }
    return true;
  }

 private:
  template <class Lock>
  static void check_held(const Lock& lock) {
    if constexpr (requires {
                    { lock.owns_lock() } -> std::convertible_to<bool>;
                  }) {
      if (!lock.owns_lock()) throw wait_without_lock();
    }
  }

  template <class Lock>
  std::cv_status wait_to(Lock& lock, std::int64_t deadline_ns) {
    check_held(lock);
    const bool notified = block([](void* l) { static_cast<Lock*>(l)->unlock(); }, &lock, deadline_ns);
    lock.lock();
    return notified ? std::cv_status::no_timeout : std::cv_status::timeout;
  }

  /// Releases the lock and waits; false: the time was over. Where unlock throws nothing has been waited for.
  bool block(void (*unlock)(void*), void* lock, std::int64_t deadline_ns);
  void leave(detail::waiter& w) noexcept;

  detail::spin_lock lock_;
  detail::waiter_list waiters_;
};

}  // namespace mn
