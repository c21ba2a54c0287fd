// mutex: blocks the task, not its OS thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "mn/detail/waiter.hpp"
#include "mn/errors.hpp"

namespace mn {

/// Mutual exclusion between tasks (and plain threads). Works with std::lock_guard and std::unique_lock. Any task may
/// unlock what another locked, as in Go. Not recursive. Whoever blocked first gets it first: unlock hands it over.
class mutex {
 public:
  mutex() = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  void lock() noexcept {
    std::uint32_t expected = 0;
    // Acquire: pairs with the release in unlock().
    if (!state_.compare_exchange_strong(expected, 1, std::memory_order_acquire, std::memory_order_relaxed)) lock_slow();
  }
  [[nodiscard]] bool try_lock() noexcept {
    std::uint32_t expected = 0;
    return state_.compare_exchange_strong(expected, 1, std::memory_order_acquire, std::memory_order_relaxed);
  }
  /// Throws unlock_of_unlocked_mutex.
  void unlock() {
    std::uint32_t expected = 1;
    if (!state_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) {
      unlock_slow();
    }
  }

 private:
  void lock_slow() noexcept;
  void unlock_slow();

  // 0 free; 1 held; 2 held, and somebody is in waiters_.
  // Invariant: state 2 if and only if waiters_ is not empty, both changed under guard_.
  std::atomic<std::uint32_t> state_{0};
  detail::spin_lock guard_;
  detail::waiter_list waiters_;
};

}  // namespace mn
