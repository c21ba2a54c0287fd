#include "mn/rw_mutex.hpp"

#include <utility>

#include "mn/detail/task.hpp"
#include "os/os.hpp"
#include "wake_in_order.hpp"

namespace mn {

rw_mutex::word rw_mutex::waiting_bit() const noexcept {
  return waiting_readers_.empty() && waiting_writers_.empty() ? 0 : waiting;
}

void rw_mutex::lock_slow() noexcept {
  guard_.lock();
  word seen = state_.load(std::memory_order_relaxed);
  for (;;) {
    if (seen == 0) {
      if (state_.compare_exchange_weak(seen, writing, std::memory_order_acquire, std::memory_order_relaxed)) {
        guard_.unlock();
        return;
      }
    } else if ((seen & waiting) != 0 || state_.compare_exchange_weak(seen, seen | waiting, std::memory_order_relaxed,
                                                                     std::memory_order_relaxed)) {
      break;  // relaxed: the bit tells of the list, which the guard protects
    }
  }
  detail::thread_parker parker;
  detail::waiter w;
  detail::identify(w, parker);
  waiting_writers_.push_back(w);
  // When it returns, whoever left has made us the holder.
  detail::park_unlock(w, guard_, detail::wait_reason::rw_mutex_write, this);
}

void rw_mutex::lock_shared_slow() noexcept {
  guard_.lock();
  word seen = state_.load(std::memory_order_relaxed);
  for (;;) {
    if ((seen & (writing | waiting)) == 0) {
      if (state_.compare_exchange_weak(seen, seen + reader, std::memory_order_acquire, std::memory_order_relaxed)) {
        guard_.unlock();
        return;
      }
    } else if ((seen & waiting) != 0 || state_.compare_exchange_weak(seen, seen | waiting, std::memory_order_relaxed,
                                                                     std::memory_order_relaxed)) {
      break;
    }
  }
  detail::thread_parker parker;
  detail::waiter w;
  detail::identify(w, parker);
  waiting_readers_.push_back(w);
  ++waiting_reader_count_;
  detail::park_unlock(w, guard_, detail::wait_reason::rw_mutex_read, this);
}

// A writer leaves and somebody waits.
void rw_mutex::unlock_slow() {
  guard_.lock();
  word seen = state_.load(std::memory_order_relaxed);
  while (seen != (writing | waiting)) {  // there was somebody else who unlocked it, just now
    if (seen != writing) {
      guard_.unlock();
      throw unlock_of_unlocked_rw_mutex();
    }
    if (state_.compare_exchange_weak(seen, 0, std::memory_order_release, std::memory_order_relaxed)) {
      guard_.unlock();
      return;
    }
  }
  // Nobody changes the word now without the guard. Release: pairs with the acquires of those who come later and need
  // not wait; those who are woken are ordered by their wake-up.
  detail::waiter_list woken;
  word next = writing;
  if (waiting_readers_.empty()) {
    woken.push_back(*waiting_writers_.pop_front());
  } else {
    woken.swap(waiting_readers_);
    next = reader * std::exchange(waiting_reader_count_, 0);
  }
  state_.store(next | waiting_bit(), std::memory_order_release);
  guard_.unlock();
  detail::wake_in_order(woken);
}

// The last reader leaves and somebody waits: then a writer does.
void rw_mutex::unlock_shared_slow() {
  guard_.lock();
  // Acquire: pairs with the releases of the readers that left before; the next writer sees what they all did.
  word seen = state_.load(std::memory_order_acquire);
  while (seen != (reader | waiting)) {  // somebody else unlocked what was not theirs, just now
    if (seen < reader) {
      guard_.unlock();
      throw unlock_shared_of_unshared_rw_mutex();
    }
    if (state_.compare_exchange_weak(seen, seen - reader, std::memory_order_acq_rel, std::memory_order_acquire)) {
      guard_.unlock();
      return;
    }
  }
  detail::waiter* next = waiting_writers_.pop_front();
  if (!next) {
    os::fail("mn: rw_mutex %p: %u readers wait without a writer", static_cast<void*>(this), waiting_reader_count_);
  }
  state_.store(writing | waiting_bit(), std::memory_order_release);
  guard_.unlock();
  detail::wake(*next);
}

}  // namespace mn
