// rw_mutex: one writer or any number of readers.
//
// The whole state is one word: how many readers hold it, whether a writer does, whether anybody waits.
//
// Invariants
//   * `waiting` is set if and only if a list of waiters is not empty, and is changed under `guard_` only.
//   * Somebody waits only while somebody holds: the holder who leaves last hands over to the waiters, in one step under
//     `guard_`; so the word is never `waiting` alone, and no wake-up can be lost.
//   * Readers wait only while a writer holds or waits.
//   * While `waiting` is set, the word is changed under `guard_`, except that one reader of several may leave.
//
// Fairness, as Go's sync.RWMutex: a writer that waits keeps new readers out, so writers do not starve; when a writer
// leaves, all readers that came while it held or waited go before the next writer, so readers do not starve. Writers
// among themselves: first come, first served. So a task that waits sees at most one batch of the other kind go before
// it for each writer that was there before it.
//
// Rejected: readers that announce themselves by an unconditional addition, as in Go. It never repeats, where the
// compare-and-swap does if readers collide; but an unlock_shared() too many, or a reader that came in vain, leaves
// a wrong count behind for a moment, and then a misuse can no longer be told from a reader.
#pragma once

#include <atomic>
#include <cstdint>

#include "mn/detail/waiter.hpp"
#include "mn/errors.hpp"

namespace mn {

/// Mutual exclusion between writers and readers, tasks or plain threads. Works with std::unique_lock, std::shared_lock
/// and their like. Any task may unlock what another locked. Not recursive: a reader that locks again while a writer
/// waits in between blocks for ever. Cost without waiters: one atomic read-modify-write a call. It must outlive every
/// call.
class rw_mutex {
 public:
  rw_mutex() = default;
  rw_mutex(const rw_mutex&) = delete;
  rw_mutex& operator=(const rw_mutex&) = delete;

  /// Blocks until nobody else holds it.
  void lock() noexcept {
    if (!try_lock()) lock_slow();
  }
  [[nodiscard]] bool try_lock() noexcept {
    word expected = 0;
    // Acquire: pairs with the releases in unlock() and unlock_shared().
    return state_.compare_exchange_strong(expected, writing, std::memory_order_acquire, std::memory_order_relaxed);
  }
  /// Throws unlock_of_unlocked_rw_mutex where no writer holds it; nothing has changed then.
  void unlock() {
    word expected = writing;
    // Release: pairs with the acquires of whoever locks next.
    if (!state_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) {
      unlock_slow();
    }
  }

  /// Blocks while a writer holds it, or waits for it.
  void lock_shared() noexcept {
    if (!try_lock_shared()) lock_shared_slow();
  }
  [[nodiscard]] bool try_lock_shared() noexcept {
    word seen = state_.load(std::memory_order_relaxed);
    while ((seen & (writing | waiting)) == 0) {
      // Acquire: pairs with the release of the last writer.
      if (state_.compare_exchange_weak(seen, seen + reader, std::memory_order_acquire, std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }
  /// Throws unlock_shared_of_unshared_rw_mutex where no reader holds it; nothing has changed then.
  void unlock_shared() {
    word seen = state_.load(std::memory_order_relaxed);
    // Not the last, or nobody waits. Release: pairs with the acquire of the next writer.
    while (seen >= reader && seen != (reader | waiting)) {
      if (state_.compare_exchange_weak(seen, seen - reader, std::memory_order_release, std::memory_order_relaxed)) {
        return;
      }
    }
    unlock_shared_slow();
  }

 private:
  using word = std::uint64_t;
  static constexpr word writing = 1;
  static constexpr word waiting = 2;
  static constexpr word reader = 4;  ///< as many times as there are readers

  void lock_slow() noexcept;
  void unlock_slow();
  void lock_shared_slow() noexcept;
  void unlock_shared_slow();
  [[nodiscard]] word waiting_bit() const noexcept;

  std::atomic<word> state_{0};
  detail::spin_lock guard_;
  std::uint32_t waiting_reader_count_ = 0;
  detail::waiter_list waiting_readers_;
  detail::waiter_list waiting_writers_;
};

}  // namespace mn
