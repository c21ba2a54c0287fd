// A thread that watches the workers: where one has not chosen a task since the last look although its queue is not
// empty, its queue is opened to the others, its hand-off slot is emptied, and a sleeper is woken. It also fires
// timers while every worker is busy. It looks every millisecond while anybody works and sleeps for good when all are
// asleep; a worker that wakes up rouses it.
//
// Invariant: `parked_` is set before the monitor looks at the workers a last time and sleeps; a worker that leaves its
// sleep looks at `parked_` afterwards. Both sequentially consistent: one of the two sees the other.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace mn::detail {

class scheduler;

class monitor {
 public:
  explicit monitor(scheduler& watched) : watched_(watched) {}
  void start();
  void stop();
  /// Called by a worker that has just been woken.
  void note_activity() noexcept;

 private:
  static constexpr std::int64_t period_ns = 1'000'000;
  static constexpr int quiet_looks_before_sleep = 10;

  void loop() noexcept;
  void look(std::vector<std::uint32_t>& seen) noexcept;

  scheduler& watched_;
  std::atomic<std::uint32_t> parked_{0};  ///< the futex word: 1 while it sleeps for good
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace mn::detail
