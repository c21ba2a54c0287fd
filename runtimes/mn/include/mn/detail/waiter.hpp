// A waiter is one blocked operation: it lies on the stack of the task (or plain thread) that blocks, and is linked
// into the list of the thing it waits for. A select has one waiter a case, which share one `select_claim`.
//
// Invariants
//   * A waiter is linked and unlinked only under the lock of the object whose list it is in.
//   * A waiter without a claim is woken by whoever unlinks it, exactly once.
//   * A waiter with a claim is woken by whoever wins the claim, exactly once; a loser unlinks it and goes on.
//   * The winner fills in the waiter's result while it holds the object's lock; the owner reads results only after
//     it has taken that lock itself (a select unlinks its other cases under each lock) or has been woken.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "mn/detail/biased_lock.hpp"
#include "mn/detail/published.hpp"
#include "mn/detail/spin_lock.hpp"

namespace mn::detail {

struct task;
enum class wait_reason : std::uint8_t;

/// Where a plain OS thread blocks: a futex word, and what reports and the search for deadlocks want to know of it
/// (src/blocked_threads.hpp). The latter has no initial values, since a task never fills it in.
struct thread_parker {
  std::atomic<std::uint32_t> woken{0};

  bool listed;
  wait_reason why;
  int thread;
  std::uint32_t since_ms;
  const void* on;
  thread_parker* next;
  thread_parker* prev;
};

/// Which of several waiters of one select wins.
///   open     the owner is still registering its cases; it has not parked. A winner does not wake it: it will look.
///   parked   the owner's context is saved. A winner makes it ready.
///   claimed  decided. Nobody but the winner may write a result.
enum class claim_state : std::uint32_t { open, parked, claimed };

struct select_claim {
  std::atomic<claim_state> state{claim_state::open};
  std::size_t winner = 0;  ///< the case that won; written by the winner before it wakes the owner, under a lock
};

struct waiter {
  waiter* next = nullptr;
  waiter* prev = nullptr;
  task* owner = nullptr;            ///< the blocked task, or
  thread_parker* thread = nullptr;  ///< the blocked plain thread
  select_claim* claim = nullptr;    ///< null: a plain wait
  void* slot = nullptr;             ///< the value to take from (a sender's) or the place to fill (a receiver's)
  std::size_t index = 0;            ///< the case's position in its select
  bool ok = false;                  ///< the value was handed over; false: the channel was closed
  bool linked = false;
};

/// First in, first out; doubly linked so that a select leaves in O(1). empty() may be asked without the lock: a hint.
class waiter_list {
 public:
  void swap(waiter_list& other) noexcept {
    waiter* const head = head_;
    head_ = other.head_;
    other.head_ = head;
    std::swap(tail_, other.tail_);
  }

  [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }
  [[nodiscard]] waiter* front() const noexcept { return head_; }

  [[nodiscard]] bool has_other_than(const select_claim& claim) const noexcept {
    for (const waiter* w = head_; w; w = w->next) {
      if (w->claim != &claim) return true;
    }
    return false;
  }

  void push_back(waiter& w) noexcept {
    w.next = nullptr;
    w.prev = tail_;
    if (tail_) {
      tail_->next = &w;
    } else {
      head_ = &w;
    }
    tail_ = &w;
    w.linked = true;
  }

  void remove(waiter& w) noexcept {
    if (w.prev) {
      w.prev->next = w.next;
    } else {
      head_ = w.next;
    }
    (w.next ? w.next->prev : tail_) = w.prev;
    w.linked = false;
  }

  waiter* pop_front() noexcept {
    waiter* w = head_;
    if (w) {
      remove(*w);
      if (const waiter* first = head_) prefetch_beyond(*w, *first);
    }
    return w;
  }

 private:
  // Waiters lie on stacks that may long have left the cache, and who follows the list waits for each. Those who began
  // to wait one after the other often lie at equal distances, so a guess reaches further ahead than the list. (A
  // prefetch of what is not there does nothing.)
  static void prefetch_beyond(const waiter& gone, const waiter& first) noexcept {
    constexpr std::uintptr_t ahead = 8;
    const auto at = reinterpret_cast<std::uintptr_t>(&first);
    __builtin_prefetch(first.next);
    __builtin_prefetch(reinterpret_cast<const void*>(at + ahead * (at - reinterpret_cast<std::uintptr_t>(&gone))));
  }

  published<waiter*> head_;
  waiter* tail_ = nullptr;
};

/// What a claim by somebody else than the owner found.
enum class [[nodiscard]] claim_result {
  lost,        ///< decided before
  won_open,    ///< won; the owner has not parked and will see it by itself
  won_parked,  ///< won; the owner must be woken
};

inline claim_result try_claim(select_claim& c) noexcept {
  // Acquire and release: the winner's later writes are ordered by the object's lock; this only decides who wins.
  auto seen = c.state.load(std::memory_order_acquire);
  while (seen != claim_state::claimed) {
    if (c.state.compare_exchange_weak(seen, claim_state::claimed, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
      return seen == claim_state::parked ? claim_result::won_parked : claim_result::won_open;
    }
  }
  return claim_result::lost;
}

/// Takes the first waiter that can still be won off the list; null: there is none. Sets `must_wake` to false where
/// its owner, a select, is still on its way and needs no wake-up.
inline waiter* take_winnable(waiter_list& list, bool& must_wake) noexcept {
  while (waiter* w = list.pop_front()) {
    if (!w->claim) {
      must_wake = true;
      return w;
    }
    const auto result = try_claim(*w->claim);
    if (result == claim_result::lost) continue;
    w->claim->winner = w->index;
    must_wake = result == claim_result::won_parked;
    return w;
  }
  return nullptr;
}

// The contract between blocking objects and the scheduler (src/park.cpp).

/// Fills in who waits: the current task, or a parker for a plain thread.
void identify(waiter& w, thread_parker& parker) noexcept;

/// Blocks until the waiter is woken. `lock` is held on entry; it is released once the caller can be woken safely. `why`
/// and `on`, the object's address, are what reports say.
void park_unlock(waiter& w, spin_lock& lock, wait_reason why, const void* on) noexcept;
void park_unlock(waiter& w, biased_lock& lock, wait_reason why, const void* on) noexcept;

/// Ends a plain wait: the task runs soon, here (a hand-off).
void wake(waiter& w) noexcept;
/// The caller has woken many: lets them run first, if it is a task.
void let_woken_run() noexcept;

/// Ends a select's wait: the task goes to the back of the queue, so that more of its cases can become ready first.
void wake_select(waiter& w) noexcept;

inline void wake_winner(waiter& w) noexcept {
  if (w.claim) {
    wake_select(w);
  } else {
    wake(w);
  }
}

}  // namespace mn::detail
