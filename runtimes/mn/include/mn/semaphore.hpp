// semaphore: a number of units, taken and given back in any portions.
//
// Invariants
//   * `state_` is twice the number of free units, plus one while somebody waits; the low bit is set if and only if
//     `waiters_` is not empty, and is changed under `guard_` only.
//   * While somebody waits, all of `state_` is changed under `guard_` only, and the first who waits wants more than is
//     free: each release, and each waiter that gives up, serves from the front as far as the units go.
//
// Fairness: first come, first served, also for those who want many: while somebody waits, nobody who comes later gets
// a unit, even if enough are free for that. (Rejected: letting small requests pass. They could keep a large one
// waiting for ever.)
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "mn/detail/deadline.hpp"
#include "mn/detail/waiter.hpp"
#include "mn/errors.hpp"

namespace mn {

/// A counting semaphore for tasks and plain threads. Any task may release what another acquired. It must outlive every
/// call, except that a release() touches it no more once those whom it has woken can run. Cost without waiters: one
/// atomic read-modify-write a call.
class semaphore {
 public:
  using count = std::ptrdiff_t;
  static constexpr count most_units = std::numeric_limits<count>::max() / 2;

  /// Throws bad_semaphore_count unless 0 <= units <= max and 1 <= max <= most_units.
  explicit semaphore(count units, count max = most_units);
  semaphore(const semaphore&) = delete;
  semaphore& operator=(const semaphore&) = delete;

  /// Blocks until `n` units are free and it is the caller's turn, and takes them all at once. Throws
  /// bad_semaphore_count where n is less than 1 or more than max().
  void acquire(count n = 1) {
    if (!try_acquire(n)) (void)acquire_slow(n, detail::no_deadline);
  }
  /// Takes `n` units if that is possible now; false: too few are free, or others wait. Throws as acquire().
  [[nodiscard]] bool try_acquire(count n = 1) {
    check(n);
    auto seen = state_.load(std::memory_order_relaxed);
    while ((seen & waiting) == 0 && seen >= n * unit) {
      // Acquire: pairs with the releases in release() and serve().
      if (state_.compare_exchange_weak(seen, seen - n * unit, std::memory_order_acquire, std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }
  /// As acquire(), for `timeout` at most; false: the time was over first, and nothing was taken. Throws as acquire(),
  /// and std::bad_alloc.
  template <class Rep, class Period>
  [[nodiscard]] bool try_acquire_for(const std::chrono::duration<Rep, Period>& timeout, count n = 1) {
    return try_acquire(n) || (timeout > timeout.zero() && acquire_slow(n, detail::deadline_in(timeout)));
  }
  /// The same until a point in time. A clock that is set meanwhile is looked at again when the time should be over.
  template <class Clock, class Duration>
  [[nodiscard]] bool try_acquire_until(const std::chrono::time_point<Clock, Duration>& deadline, count n = 1) {
    for (;;) {
      const auto now = Clock::now();
      if (now >= deadline) return try_acquire(n);
      if (try_acquire_for(deadline - now, n)) return true;
    }
  }

  /// Gives back `n` units. Throws bad_semaphore_count where n is less than 1, and semaphore_overflow where more than
  /// max() would be free; nothing has changed then.
  void release(count n = 1);

  /// How many units are free at this moment.
  [[nodiscard]] count available() const noexcept { return state_.load(std::memory_order_relaxed) / unit; }
  [[nodiscard]] count max() const noexcept { return max_; }

 private:
  static constexpr count waiting = 1;
  static constexpr count unit = 2;

  void check(count n) const {
    if (n < 1 || n > max_) [[unlikely]]
      refuse(n);
  }
  [[noreturn]] void refuse(count n) const;
  bool acquire_slow(count n, std::int64_t deadline_ns);
  void release_slow(count n);
  void check_room(count seen, count n) const;
  void serve(count free, detail::waiter_list& woken) noexcept;

  std::atomic<count> state_;
  const count max_;
  detail::spin_lock guard_;
  detail::waiter_list waiters_;  ///< each with the number that it wants in `slot`
};

}  // namespace mn
