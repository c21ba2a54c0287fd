// A thread that watches the workers. It looks every millisecond while anybody works, and sleeps for good when all are
// asleep and, where a descriptor is watched, one keeps the poller; a worker that wakes up, comes back or is sent on
// duty rouses it.
//
// What it does for a worker that has not chosen a task since the last look although tasks wait for it:
//   * somebody sleeps: it opens the queue to thieves, empties the hand-off slot into the shared queue, wakes a sleeper;
//   * nobody sleeps, and it lasts longer than `stuck_after_ns`: the tasks go to the shared queue, where every worker
//     looks now and then; and the worker is replaced by a spare (duty.hpp) if its thread uses no CPU (its task blocks
//     it), or if all others are stuck as well (then the system's time slices are what is left).
// Where the system refuses the thread of a spare, it asks again every `stuck_after_ns`, as long as tasks wait for one.
// It also fires timers, and looks at the poller, while every worker is busy, and trims stacks (stack_trimmer.hpp),
// which is the one thing for which it wakes up while all are asleep: when they have slept for so long that every stack
// may be trimmed, and then four times a second by default until that is done.
//
// Before it sleeps it looks for a deadlock (deadlock.hpp). It also writes the dumps that SIGQUIT asks for.
//
// Invariant: `parked_` is set before the monitor looks at the workers a last time and sleeps; a worker that leaves its
// sleep looks at `parked_` afterwards. Both sequentially consistent: one of the two sees the other.
// All monitors sleep on one word of the process, `bell`, since a signal handler must be able to wake one without
// knowing whether any runtime lives. It is raised after what the sleeper should see has been written, and read before
// it looks. A mask tells the monitors apart, so that a worker wakes its own only.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "deadlock.hpp"
#include "stack_trimmer.hpp"

namespace mn::detail {

class scheduler;
class worker;
struct task;

class monitor {
 public:
  explicit monitor(scheduler& watched);
  void start();
  void stop();
  /// Called by a worker that has just been woken, or has come back.
  void note_activity() noexcept;
  /// Wakes all monitors that sleep. Safe in a signal handler.
  static void call_all() noexcept;

  /// It is firing timers or moving tasks, or about to.
  [[nodiscard]] bool looking() const noexcept { return looking_.load(std::memory_order_seq_cst); }

 private:
  static constexpr std::int64_t period_ns = 1'000'000;
  static constexpr std::int64_t stuck_after_ns = 10'000'000;
  static constexpr int quiet_looks_before_sleep = 10;

  /// What was seen of one worker.
  struct observation {
    std::uint64_t choices = 0;
    std::int64_t since_ns = 0;  ///< when that number of choices was first seen
    std::int64_t cpu_ns = 0;    ///< its thread's CPU time then
  };

  void loop() noexcept;
  void look() noexcept;
  [[nodiscard]] bool moved(worker& w, observation& o, std::int64_t now) noexcept;
  [[nodiscard]] task* rob(worker& w) noexcept;
  void help(worker& w, const observation& o, std::int64_t now, bool all_stuck) noexcept;
  [[nodiscard]] bool all_asleep() const noexcept;
  [[nodiscard]] bool poller_is_kept() noexcept;
  void trim_if_due(std::int64_t now) noexcept;
  void sleep() noexcept;

  scheduler& watched_;
  stack_trimmer trimmer_;
  std::int64_t trimmed_ns_ = 0;
  std::int64_t asked_ns_ = 0;        ///< when a spare was last asked for that the system had refused
  std::int64_t slots_open_ns_ = -1;  ///< without the system's barrier: from when it may empty hand-off slots
  std::vector<observation> seen_;
  const std::uint32_t mask_;
  std::atomic<bool> parked_{false};  ///< it sleeps for good
  std::atomic<bool> looking_{false};
  deadlock_watch deadlocks_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace mn::detail
