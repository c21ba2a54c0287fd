// "All tasks are asleep": finds out whether anything is left in the process that could ever wake a task.
//
// A deadlock is announced only where it is proven, and nothing is spent on it while anything runs: a monitor asks when
// it has seen all of its workers asleep for a while and goes to sleep itself (monitor::rest).
//
// The proof. Let t be the moment at which the system counts the threads of the process. The question is whether at t
//   (a) no worker of any runtime runs, or is about to run, a task;
//   (b) no monitor is firing timers or moving tasks;
//   (c) nothing is under way by itself: no timer is set, no task is queued, ready, running or in blocking(), none waits
//       for a socket;
//   (d) every thread that is neither a worker nor a monitor is blocked inside mn without a time limit.
// Then nobody is left to wake anybody, and so it stays: what is true at t is true for ever after. So (b) and (c) may be
// looked at after t, as a thread that was busy before t may have queued a task and ended. The others hold *at* t
// because:
//   (a) all workers are in the list of sleepers before and after, and none has left it in between
//       (idle_workers::census). Such a worker has no task and an empty queue. It has told those who wait for all tasks'
//       end before it was listed.
//   (d) mn's threads, and those listed as blocked (blocked_threads.hpp), are as many as there are threads, and the list
//       of the blocked did not change around t. A thread that has been woken is taken off that list by whoever wakes
//       it, a runtime's threads count only while they exist; so each error of the counts finds a thread too many, never
//       one too few. Threads that are being made or are not quite gone count as the program's.
// One more doubt: the number of threads is taken from two sources, since a system might not keep one of them.
// Other threads of mn's own (registry::helper) are asked whether they rest, as monitors are.
//
// What cannot be seen, and is not waited for: signal handlers and other processes that share memory. What is not
// found: a deadlock while a thread of the program sleeps, or waits outside mn (in join(), on a std::mutex, in a system
// call): it might go on. Nothing tells when such a thread ends, so a monitor that has tasks asks again after a while,
// at growing intervals.
#pragma once

#include <atomic>
#include <cstdint>

namespace mn::detail {

class scheduler;

class deadlock_watch {
 public:
  explicit deadlock_watch(scheduler& watched) : watched_(watched) {}

  /// The monitor begins to rest, or has been called: all workers of its runtime were asleep a moment ago.
  void begin() noexcept;
  /// Looks once. Returns after how many nanoseconds to look again; < 0: not before something has happened. Does not
  /// return where it finds a deadlock that ends the program.
  std::int64_t look() noexcept;
  /// The monitor goes on watching.
  void end() noexcept;

  /// A plain thread has entered itself as blocked, or a spare worker has settled. Where a monitor rests, it looks
  /// again.
  static void note_quiet() noexcept;

 private:
  enum class verdict {
    all_is_well,       ///< nobody waits
    others_look,       ///< a runtime is busy, or will be: its monitor looks when that is over
    threads_may_wake,  ///< the program has threads that are not blocked in mn
    in_motion,         ///< something changed meanwhile
    deadlock,
  };
  [[nodiscard]] bool looks() const noexcept;
  [[nodiscard]] verdict judge() noexcept;
  void act() noexcept;

  static constexpr std::int64_t first_interval_ns = 10'000'000;
  static constexpr std::int64_t longest_interval_ns = 10'000'000'000;

  scheduler& watched_;
  std::int64_t interval_ns_ = first_interval_ns;
};

}  // namespace mn::detail
