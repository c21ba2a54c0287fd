// A wait group: counts tasks still to end, and blocks those who wait for none to be left.
//
// It may be destroyed as soon as wait() has returned, while the last done() is still on its way out. So the step to
// zero is made under the lock, wait() always takes the lock, and done() touches nothing after it has let go of it; a
// step that leaves the count above zero is one atomic exchange, after which done() touches nothing either.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <stdexcept>

#include "compose/operation.hpp"

namespace threadmark::compose {

template <blocking B>
class wait_group {
 public:
  wait_group() = default;
  wait_group(const wait_group&) = delete;
  wait_group& operator=(const wait_group&) = delete;

  void add(std::ptrdiff_t n) {
    // acq_rel: what each task did before its done() is seen by whoever makes the step to zero, and from there, by the
    // lock or by the unpark, in wait(). Relaxed where it fails or only looks: nothing is read on the strength of it.
    std::ptrdiff_t now = count_.load(std::memory_order_relaxed);
    while (now + n > 0) {
      if (count_.compare_exchange_weak(now, now + n, std::memory_order_acq_rel, std::memory_order_relaxed)) return;
    }
    wake_list<B> waiting;
    {
      std::lock_guard guard(lock_);
      now = count_.load(std::memory_order_relaxed);
      do {
        if (now + n < 0) throw std::logic_error("negative wait_group counter");
      } while (!count_.compare_exchange_weak(now, now + n, std::memory_order_acq_rel, std::memory_order_relaxed));
      if (now + n != 0) return;
      while (waiter<B>* w = waiters_.claim_front()) waiting.push_back(*w);
    }
    waiting.unpark_all();
  }

  void done() { add(-1); }

  void wait() {
    std::unique_lock guard(lock_);
    if (count_.load(std::memory_order_acquire) == 0) return;  // acquire: pairs with the step to zero
    operation<B> op(false);
    waiter<B> self{.op = &op};
    waiters_.push_back(self);
    guard.unlock();
    op.parker.park();  // NOLINT(clang-analyzer-core.StackAddressEscape): woken means out of the list
  }

 private:
  typename B::lock lock_;
  std::atomic<std::ptrdiff_t> count_{0};
  waiter_list<B> waiters_;
};

}  // namespace threadmark::compose
