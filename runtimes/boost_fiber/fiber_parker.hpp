// Blocking for fibers: Boost.Fiber's condition variable, which suspends the fiber and lets its thread run others.
#pragma once

#include <boost/fiber/condition_variable.hpp>
#include <mutex>
#include <stdexcept>

#include "compose/blocking.hpp"

namespace threadmark::boost_fibers {

/// The mutex is one of the operating system: it is held for a few instructions and never across a switch of fibers.
/// unpark() notifies with the mutex held, so that the owner, which must take it once more, cannot end the parker first;
/// the notified fiber is only queued by that, so it does not run into the mutex.
class fiber_parker {
 public:
  void park() {
    std::unique_lock guard(mutex_);
    while (!unparked_) condition_.wait(guard);
  }

  bool park_until(compose::time_point deadline) {
    std::unique_lock guard(mutex_);
    return condition_.wait_until(guard, deadline, [this] { return unparked_; });
  }

  void unpark() {
    std::lock_guard guard(mutex_);
    unparked_ = true;
    condition_.notify_one();
  }

 private:
  std::mutex mutex_;
  boost::fibers::condition_variable_any condition_;
  bool unparked_ = false;
};

class channel_closed : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

struct blocking {
  using parker = fiber_parker;
  using lock = std::mutex;
  using channel_closed = boost_fibers::channel_closed;
};

}  // namespace threadmark::boost_fibers
