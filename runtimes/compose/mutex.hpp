// A mutex that blocks the task, not the worker thread, for models whose library has only the latter.
//
// State: `free`, `held`, or `contended`: held, and somebody may wait in the list. Invariant: while a task waits in the
// list, the state is `contended`, or a task taken off the list is on its way to try again and will make it so.
// unlock() frees the mutex and wakes one waiter, which competes with whoever comes along (handing the mutex over
// would make every further lock() of the running task a switch). A waiter that loses goes back to the front.
// unlock() of a contended mutex happens under the list's lock, which is the last thing it touches: so the mutex may be
// destroyed by whoever locks it next.
#pragma once

#include <atomic>
#include <mutex>

#include "compose/operation.hpp"

namespace threadmark::compose {

template <blocking B>
class mutex {
 public:
  mutex() = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  bool try_lock() {
    state expected = state::free;
    // acquire: pairs with the release of the unlock() before.
    return state_.compare_exchange_strong(expected, state::held, std::memory_order_acquire, std::memory_order_relaxed);
  }

  void lock() {
    if (try_lock()) return;
    for (bool waited = false;; waited = true) {
      std::unique_lock guard(waiters_lock_);
      if (state_.exchange(state::contended, std::memory_order_acquire) == state::free) return;
      operation<B> op(false);
      waiter<B> self{.op = &op};
      waited ? waiters_.push_front(self) : waiters_.push_back(self);
      guard.unlock();
      op.parker.park();
    }
  }

  void unlock() {
    state expected = state::held;
    if (state_.compare_exchange_strong(expected, state::free, std::memory_order_release, std::memory_order_relaxed)) {
      return;
    }
    waiter<B>* next;
    {
      std::lock_guard guard(waiters_lock_);
      next = waiters_.claim_front();
      state_.store(state::free, std::memory_order_release);
    }
    if (next != nullptr) next->op->parker.unpark();
  }

 private:
  enum class state : unsigned char { free, held, contended };
  std::atomic<state> state_{state::free};
  typename B::lock waiters_lock_;
  waiter_list<B> waiters_;
};

}  // namespace threadmark::compose
