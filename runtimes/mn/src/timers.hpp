// Deadlines, and what happens when one is reached: a four-way heap under one lock, one a runtime.
//
// Two kinds are in it. A `timer` belongs to somebody who waits (a sleeping task, a wait with a timeout) and lies on
// that one's stack. An `alarm` is part of a shared object (mn::timer, mn::ticker, a context with a deadline): it may be
// set again, from any thread, and may outlive the task that made it, and the runtime.
//
// Invariants
//   * A timer is in the heap from add() until fire() or remove(); `place` is then its position, else `nowhere`. All of
//     an alarm's state is guarded by the lock as well.
//   * What a due timer does, it does under the lock, so remove() returns only when what was under way has ended. There
//     nothing blocks, no timer is added, no user code runs.
//   * Other objects' locks may only be tried there: fire() is also called by a worker that chooses its next task while
//     it still holds the lock of what the last one parks on (worker::park_unlock), and that may be the very channel
//     that an alarm sends to. Such an alarm stays due, and is found at the next look. Readying a task takes the locks
//     of queues and of the list of sleepers; nobody parks with those.
//   * What takes longer than that, starting a task above all, is done after the lock has been released
//     (alarm::go_off), by a caller who owns it: it is nobody's timer then, and may be set again meanwhile.
//   * The lock is held for at most `fired_at_once` timers in a row.
//   * `next_` is the earliest deadline, or `never`; readable without the lock. Whoever adds a timer is a running task
//     of this runtime, whose worker looks at `next_` before it sleeps; or calls rouse_locked(). So a deadline is never
//     slept through.
//   * `home_` is the runtime that fires these timers. When it ends it leaves (see scheduler::~scheduler); what is then
//     still in the heap is served by the bare clock (bare_clock.hpp).
// Pairing: `next_` is stored and loaded sequentially consistent, against the idle workers' list (see idle.hpp).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "mn/detail/spin_lock.hpp"
#include "mn/detail/unseen.hpp"

namespace mn::detail {

class scheduler;

struct timer {
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  std::int64_t deadline_ns = 0;
  void (*fired)(timer&) = nullptr;  ///< called under the timers' lock; the timer may be gone afterwards. Null: an alarm
  std::size_t place = nowhere;
};

/// What an alarm comes to when it is due.
enum class [[nodiscard]] rung {
  done,     ///< it is over; the alarm may be gone
  again,    ///< it has set itself a later deadline
  not_now,  ///< a lock that it needs is held, or may be: it stays due
  goes_off  ///< the rest is done by go_off()
};

class alarm : public timer {
 public:
  /// Under the lock, taken out of the heap. Keeps to what the head of this file says.
  virtual rung ring(std::int64_t now) noexcept = 0;
  /// Without the lock, right after ring(), on the same thread. Runs no user code but in the one task of `home` that it
  /// must start, whose start has been counted: so `home` lives at least as long as that task. Null: there is no runtime
  /// (any more).
  virtual void go_off(scheduler* home) noexcept = 0;

 protected:
  explicit alarm(bool needs_runtime) noexcept : needs_runtime_(needs_runtime) {}
  virtual ~alarm() = default;

 private:
  friend class timers;
  const bool needs_runtime_;  ///< it is pointless without one
  alarm* next_orphan_ = nullptr;
};

class timers {
 public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  explicit timers(scheduler* home = nullptr) noexcept : home_(home) {}

  [[nodiscard]] std::int64_t next_deadline() const noexcept { return next_.load(std::memory_order_seq_cst); }

  /// With the lock held by the caller, who releases it when it may be woken. Throws std::bad_alloc; not where a timer
  /// has been taken out under the same hold.
  void add_locked(timer& t);
  /// True if the timer was still there; false if it has fired.
  bool remove_locked(timer& t) noexcept;
  bool remove(timer& t) noexcept;

  /// Fires everything due at `now`, for the runtime that asks (null: for the bare clock). Returns how many. Stops where
  /// the lock is held by somebody: it may be the calling worker itself, which chooses its next task while the one that
  /// goes to sleep still holds it. What is due is found at the next look.
  std::size_t fire(std::int64_t now, scheduler* asker = nullptr) noexcept;

  /// How many have come due so far.
  [[nodiscard]] std::uint64_t fired() const noexcept { return fired_.load(std::memory_order_relaxed); }

  /// `t` has been added, perhaps not by a task of this runtime: where it is the earliest, somebody must look.
  void rouse_locked(const timer& t) noexcept;

  /// The runtime, a task of which has just been counted as started, so that it will not end before that; null where it
  /// has ended.
  scheduler* begin_start() noexcept;
  [[nodiscard]] scheduler* home_locked() const noexcept { return home_; }
  /// The runtime fires no more. Under the lock, while it has no task.
  void leave_home_locked() noexcept { home_ = nullptr; }
  /// Takes out all alarms that need a runtime and lets them go. After leave_home_locked().
  void dismiss_orphans() noexcept;

  /// `now` + `d`, never later than `never`; `now` where `d` is below zero.
  static std::int64_t later(std::int64_t now, std::int64_t d) noexcept {
    if (d <= 0) return now;
    return d < never - now ? now + d : never;
  }

  /// A spin lock that orders nobody in ThreadSanitizer's eyes: whoever sleeps would otherwise come after all who have
  /// begun to sleep before.
  class unseen_lock : public spin_lock {
   public:
    void lock() noexcept {
      const unseen hidden;
      spin_lock::lock();
    }
    [[nodiscard]] bool try_lock() noexcept {
      const unseen hidden;
      return spin_lock::try_lock();
    }
    void unlock() noexcept {
      const unseen hidden;
      spin_lock::unlock();
    }
  };
  unseen_lock lock;

 private:
  static constexpr std::size_t fired_at_once = 64;

  struct portion {
    std::size_t fired = 0;
    alarm* goes_off = nullptr;
    scheduler* home = nullptr;
    bool stopped = false;
  };
  portion fire_portion(std::int64_t now, scheduler* asker) noexcept;

  void move_up(std::size_t at) noexcept;
  void move_down(std::size_t at) noexcept;
  void put(std::size_t at, timer* t) noexcept;
  void push(timer& t);
  void take_out(std::size_t at) noexcept;
  void publish() noexcept;

  std::vector<timer*> heap_;
  std::atomic<std::int64_t> next_{never};
  std::atomic<std::uint64_t> fired_{0};  ///< written under the lock
  scheduler* home_;
};

}  // namespace mn::detail
