#include "mn/wait_group.hpp"

#include <mutex>

namespace mn {

void wait_group::add(std::ptrdiff_t n) {
  // Acquire and release: what was done before each done() is visible after wait().
  std::int64_t before = state_.load(std::memory_order_relaxed);
  if (n < 0) {
    // The check and the change are one step, so that a failed add changes nothing.
    do {
      if ((before >> 1) + n < 0) throw negative_wait_group_counter();
    } while (
        !state_.compare_exchange_weak(before, before + 2 * n, std::memory_order_acq_rel, std::memory_order_relaxed));
  } else {
    before = state_.fetch_add(2 * n, std::memory_order_acq_rel);
  }
  if (before + 2 * n != 1) return;  // counter 0 and somebody waits?
  // They are parked (or parking, under the lock) until we wake them, so *this lives; after the last wake it may not.
  detail::waiter_list woken;
  lock_.lock();
  woken.swap(waiters_);
  state_.fetch_sub(1, std::memory_order_relaxed);
  lock_.unlock();
  while (detail::waiter* w = woken.pop_front()) detail::wake(*w);
}

void wait_group::wait() noexcept {
  if (state_.load(std::memory_order_acquire) >> 1 == 0) return;
  detail::thread_parker parker;
  detail::waiter w;
  detail::identify(w, parker);
  lock_.lock();
  std::int64_t seen = state_.load(std::memory_order_acquire);
  do {
    if (seen >> 1 == 0) {
      lock_.unlock();
      return;
    }
  } while (!(seen & 1) &&
           !state_.compare_exchange_weak(seen, seen | 1, std::memory_order_acq_rel, std::memory_order_acquire));
  waiters_.push_back(w);
  detail::park_unlock(w, lock_, detail::wait_reason::wait_group, this);
}

}  // namespace mn
