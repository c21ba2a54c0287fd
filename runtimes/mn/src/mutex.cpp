#include "mn/mutex.hpp"

#include "mn/detail/task.hpp"

namespace mn {

void mutex::lock_slow() noexcept {
  guard_.lock();
  std::uint32_t seen = state_.load(std::memory_order_relaxed);
  for (;;) {
    if (seen == 0) {
      if (state_.compare_exchange_weak(seen, 1, std::memory_order_acquire, std::memory_order_relaxed)) {
        guard_.unlock();
        return;
      }
    } else if (seen == 2 ||
               state_.compare_exchange_weak(seen, 2, std::memory_order_relaxed, std::memory_order_relaxed)) {
      break;
    }
  }
  detail::thread_parker parker;
  detail::waiter w;
  detail::identify(w, parker);
  waiters_.push_back(w);
  detail::park_unlock(w, guard_, detail::wait_reason::mutex,
                      this);  // when it returns, unlock_slow has made us the holder
}

void mutex::unlock_slow() {
  guard_.lock();
  if (state_.load(std::memory_order_relaxed) == 0) {
    guard_.unlock();
    throw unlock_of_unlocked_mutex();
  }
  // State 2: the first waiter becomes the holder. Its queue's lock orders our section before its own.
  detail::waiter* next = waiters_.pop_front();
  if (waiters_.empty()) state_.store(1, std::memory_order_release);
  guard_.unlock();
  detail::wake(*next);
}

}  // namespace mn
