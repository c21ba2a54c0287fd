// Deadlines of sleeping tasks and of selects with a timeout: a four-way heap under one lock.
//
// Invariants
//   * A timer is in the heap from add() until fire() or remove(); `place` is then its position, else `nowhere`.
//   * Callbacks run under the lock, so remove() returns only when a callback that was under way has ended: the timer
//     may lie on its owner's stack.
//   * `next_` is the earliest deadline, or `never`; readable without the lock. Whoever adds a timer is a running
//     task; its worker looks at `next_` before it sleeps, so a deadline is never slept through.
// Pairing: `next_` is stored and loaded sequentially consistent, against the idle workers' list (see idle.hpp).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "mn/detail/spin_lock.hpp"

namespace mn::detail {

struct timer {
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  std::int64_t deadline_ns = 0;
  void (*fired)(timer&) = nullptr;  ///< called under the timers' lock; must not block or add timers
  std::size_t place = nowhere;
};

class timers {
 public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  [[nodiscard]] std::int64_t next_deadline() const noexcept { return next_.load(std::memory_order_seq_cst); }

  /// With the lock held by the caller, who releases it when it may be woken.
  void add_locked(timer& t);
  /// True if the timer was still there; false if it has fired.
  bool remove(timer& t) noexcept;
  /// Fires everything due at `now`. Returns how many. Does nothing while somebody holds the lock: it may be the calling
  /// worker itself, which chooses its next task while the one that goes to sleep still holds it; what is due is found
  /// at the next look.
  std::size_t fire(std::int64_t now) noexcept;
  /// How many have been fired so far.
  [[nodiscard]] std::uint64_t fired() const noexcept { return fired_.load(std::memory_order_relaxed); }

  spin_lock lock;

 private:
  void move_up(std::size_t at) noexcept;
  void move_down(std::size_t at) noexcept;
  void put(std::size_t at, timer* t) noexcept;
  void take_out(std::size_t at) noexcept;

  std::vector<timer*> heap_;
  std::atomic<std::int64_t> next_{never};
  std::atomic<std::uint64_t> fired_{0};  ///< written under the lock
};

}  // namespace mn::detail
