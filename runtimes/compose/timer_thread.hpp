// One thread that calls back at given times, for models whose library has no timers of its own.
//
// An entry lives on the stack of the task that waits. It is fired under the lock, so once disarm() has returned it
// neither is being fired nor will be: the entry may end.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "compose/blocking.hpp"

namespace threadmark::compose {

class timer_thread {
 public:
  class entry {
   public:
    /// `fire` is called when the time has come. It must be short, and must neither block nor call the timer.
    explicit entry(void (*fire)(entry&)) : fire_(fire) {}
    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;

   private:
    friend class timer_thread;
    void (*const fire_)(entry&);
    std::multimap<time_point, entry*>::iterator at_;
    bool armed_ = false;
  };

  timer_thread() : thread_([this] { run(); }) {}
  timer_thread(const timer_thread&) = delete;
  timer_thread& operator=(const timer_thread&) = delete;
  /// No entry may be armed.
  ~timer_thread() {
    {
      std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void arm(entry& e, time_point deadline) {
    bool first;
    {
      std::lock_guard guard(mutex_);
      e.at_ = entries_.emplace(deadline, &e);
      e.armed_ = true;
      first = e.at_ == entries_.begin();
    }
    if (first) changed_.notify_one();  // the thread sleeps until a later time
  }

  void disarm(entry& e) {
    std::lock_guard guard(mutex_);
    if (!e.armed_) return;
    e.armed_ = false;
    entries_.erase(e.at_);
  }

 private:
  void run() {
    std::unique_lock guard(mutex_);
    while (!stopping_) {
      if (entries_.empty()) {
        changed_.wait(guard);
        continue;
      }
      const auto first = entries_.begin();
      if (first->first > clock::now()) {
        changed_.wait_until(guard, time_point(first->first));
        continue;
      }
      entry& due = *first->second;
      entries_.erase(first);
      due.armed_ = false;
      due.fire_(due);
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<time_point, entry*> entries_;
  bool stopping_ = false;
  std::thread thread_;  // last: it starts when all else is there
};

}  // namespace threadmark::compose
