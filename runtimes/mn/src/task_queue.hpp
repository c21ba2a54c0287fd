// A worker's queue: tasks that are ready to go on, first in first out, and tasks that have not started, newest first.
//
// Ready ones go first: they hold stacks, fresh ones do not, so fewer stacks are bound at once, and a tree of tasks is
// walked depth first. So that nothing starves, the oldest fresh one goes first once it has waited a millisecond
// (worker::look); and a task that yields lets a fresh one go first.
// Thieves take the oldest of either kind.
//
// One tiny lock, uncontended unless somebody steals, and unbounded intrusive lists: no overflow, no second queue to
// spill into. (Rejected: a bounded lock-free ring. Its owner pays one read-modify-write a pop as this pays one a
// lock, and it needs the overflow path; see DESIGN.md.)
//
// Invariant: `size_` is the number of linked tasks, changed under the lock; it may be read without it as a hint.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "mn/detail/spin_lock.hpp"
#include "mn/detail/task.hpp"

namespace mn::detail {

/// Links tasks by `next`, first in, first out.
class task_fifo {
 public:
  [[nodiscard]] task* front() const noexcept { return head_; }

  void push_back(task& t) noexcept {
    t.next = nullptr;
    (tail_ ? tail_->next : head_) = &t;
    tail_ = &t;
  }

  task* pop_front() noexcept {
    task* t = head_;
    if (t) {
      head_ = t->next;
      if (!head_) {
        tail_ = nullptr;
      } else {
        // Of the next one its stack and closure, and what it waited for, which it looks at first; of the one after it
        // the part of its block that a switch uses: all may long have left the cache. A task that was parked in a
        // receive uses some 400 bytes of stack, and where it ends the slot's head is needed too.
        const auto* stack = static_cast<const char*>(head_->ctx.sp);
        const auto* top = std::min(static_cast<const char*>(head_->stack), stack + 512);
        for (; stack <= top; stack += 64) __builtin_prefetch(stack);
        __builtin_prefetch(head_->storage);
        __builtin_prefetch(head_->waits_on.load(std::memory_order_relaxed));  // it may be gone, which does no harm
        if (const task* after = head_->next) {
          __builtin_prefetch(&after->ctx);
          __builtin_prefetch(&after->since_ms);
        }
      }
    }
    return t;
  }

 private:
  task* head_ = nullptr;
  task* tail_ = nullptr;
};

class alignas(64) task_queue {
 public:
  [[nodiscard]] std::size_t size_hint() const noexcept { return size_.load(std::memory_order_relaxed); }

  void push_ready(task& t) noexcept {
    std::lock_guard hold(lock_);
    t.sequence = ++pushed_;
    ready_.push_back(t);
    grow(1);
  }

  void push_fresh(task& t) noexcept {
    std::lock_guard hold(lock_);
    t.sequence = ++pushed_;
    t.next = newest_;
    t.prev = nullptr;
    (newest_ ? newest_->prev : oldest_) = &t;
    newest_ = &t;
    grow(1);
  }

  enum order { ready_first, newest_fresh_first, oldest_fresh_first };

  /// The next task for the owner; null when there is none.
  task* pop(order o) noexcept {
    if (size_hint() == 0) return nullptr;
    std::lock_guard hold(lock_);
    task* t = o == newest_fresh_first ? pop_newest_fresh() : o == oldest_fresh_first ? pop_oldest_fresh() : nullptr;
    if (!t) t = ready_.pop_front();
    if (!t) t = pop_newest_fresh();
    if (t) grow(-1);
    return t;
  }

  /// Moves the oldest half, at most `at_most`, into `out`; returns how many.
  std::size_t steal_half(task_fifo& out, std::size_t at_most) noexcept {
    if (size_hint() == 0) return 0;
    std::lock_guard hold(lock_);
    std::size_t want = (size_hint() + 1) / 2;
    if (want > at_most) want = at_most;
    std::size_t got = 0;
    while (got < want) {
      task* t = pop_oldest_fresh();
      if (!t) t = ready_.pop_front();
      if (!t) break;
      out.push_back(*t);
      ++got;
    }
    grow(-static_cast<std::ptrdiff_t>(got));
    return got;
  }

  /// Moves all into `out`, the oldest first of either kind.
  void take_all(task_fifo& out) noexcept {
    std::lock_guard hold(lock_);
    while (task* t = ready_.pop_front()) out.push_back(*t);
    while (task* t = pop_oldest_fresh()) out.push_back(*t);
    size_.store(0, std::memory_order_relaxed);
  }

  /// How many pushes ago, seen from the last one, the oldest task was pushed; `empty` when there is none.
  struct age {
    bool empty;
    bool fresh;            ///< the oldest has not started
    std::uint32_t oldest;  ///< its sequence number
    std::uint32_t newest;  ///< the last sequence number given out
  };
  age oldest() noexcept {
    std::lock_guard hold(lock_);
    const task* a = ready_.front();
    const task* b = oldest_;
    if (!a && !b) return {true, false, 0, pushed_};
    if (!a || (b && static_cast<std::int32_t>(b->sequence - a->sequence) < 0)) a = b;
    return {false, a == b, a->sequence, pushed_};
  }

 private:
  void grow(std::ptrdiff_t by) noexcept {
    // Relaxed: a hint; the lists themselves are ordered by the lock.
    size_.store(size_.load(std::memory_order_relaxed) + static_cast<std::size_t>(by), std::memory_order_relaxed);
  }

  task* pop_newest_fresh() noexcept {
    task* t = newest_;
    if (!t) return nullptr;
    newest_ = t->next;
    (newest_ ? newest_->prev : oldest_) = nullptr;
    return t;
  }

  task* pop_oldest_fresh() noexcept {
    task* t = oldest_;
    if (!t) return nullptr;
    oldest_ = t->prev;
    (oldest_ ? oldest_->next : newest_) = nullptr;
    return t;
  }

  spin_lock lock_;
  std::uint32_t pushed_ = 0;
  task_fifo ready_;
  task* newest_ = nullptr;  ///< fresh tasks: `next` leads to older ones, `prev` to newer ones
  task* oldest_ = nullptr;
  std::atomic<std::size_t> size_{0};
};

}  // namespace mn::detail
