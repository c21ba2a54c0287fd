// A thread that watches the workers: where one has not chosen a task since the last look although its queue is not
// empty, its queue is opened to the others, its hand-off slot is emptied, and a sleeper is woken. It also fires
// timers while every worker is busy. It looks every millisecond while anybody works and sleeps for good when all are
// asleep; a worker that wakes up rouses it.
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

namespace mn::detail {

class scheduler;

class monitor {
 public:
  explicit monitor(scheduler& watched);
  void start();
  void stop();
  /// Called by a worker that has just been woken.
  void note_activity() noexcept;
  /// Wakes all monitors that sleep. Safe in a signal handler.
  static void call_all() noexcept;

  /// It is firing timers or moving tasks, or about to.
  [[nodiscard]] bool looking() const noexcept { return looking_.load(std::memory_order_seq_cst); }

 private:
  static constexpr std::int64_t period_ns = 1'000'000;
  static constexpr int quiet_looks_before_sleep = 10;

  void loop() noexcept;
  void rest() noexcept;
  [[nodiscard]] bool all_asleep() const noexcept;
  void look(std::vector<std::uint32_t>& seen) noexcept;

  scheduler& watched_;
  const std::uint32_t mask_;
  std::atomic<bool> parked_{false};  ///< it sleeps for good
  std::atomic<bool> looking_{false};
  deadlock_watch deadlocks_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace mn::detail
