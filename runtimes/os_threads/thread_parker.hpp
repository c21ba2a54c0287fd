// Blocking for operating-system threads: one mutex and one condition variable a thread.
//
// A thread blocks in one operation at a time, so it parks on a seat of its own that it takes once and gives back when
// it ends. The notification is made after the mutex has been released: a thread that is notified earlier wakes only
// to wait for the mutex (measured: a round trip takes 1.6 times as long). By then the parked thread may already have
// left, and even ended; so seats are never destroyed but handed to the next thread, which takes a notification that
// was not meant for it for a spurious wake-up.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "compose/blocking.hpp"

namespace threadmark::os_threads {

struct seat {
  std::mutex mutex;
  std::condition_variable condition;
  seat* next_free = nullptr;
};

/// Seats that no thread sits on.
class seat_pool {
 public:
  static seat_pool& instance() {
    static auto& pool = *new seat_pool;  // never destroyed: threads may outlive static objects
    return pool;
  }

  seat& take() {
    {
      std::lock_guard guard(mutex_);
      if (free_ != nullptr) return *std::exchange(free_, free_->next_free);
    }
    return *new seat;
  }

  void give_back(seat& s) {
    std::lock_guard guard(mutex_);
    s.next_free = std::exchange(free_, &s);
  }

 private:
  std::mutex mutex_;
  seat* free_ = nullptr;
};

class thread_parker {
 public:
  void park() {
    std::unique_lock guard(seat_.mutex);
    while (!unparked_) seat_.condition.wait(guard);
  }

  bool park_until(compose::time_point deadline) {
    std::unique_lock guard(seat_.mutex);
    return seat_.condition.wait_until(guard, deadline, [this] { return unparked_; });
  }

  void unpark() {
    seat& s = seat_;  // *this ends with the mutex's release
    {
      std::lock_guard guard(s.mutex);
      unparked_ = true;
    }
    s.condition.notify_one();
  }

 private:
  static seat& this_thread() {
    struct ticket {
      seat& own = seat_pool::instance().take();
      ~ticket() { seat_pool::instance().give_back(own); }
    };
    static thread_local ticket t;
    return t.own;
  }

  seat& seat_ = this_thread();
  bool unparked_ = false;  // guarded by seat_.mutex
};

class channel_closed : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

struct blocking {
  using parker = thread_parker;
  using lock = std::mutex;
  using channel_closed = os_threads::channel_closed;
};

}  // namespace threadmark::os_threads
