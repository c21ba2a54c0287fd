// A runtime's shared parts, one of each: its workers, the shared queue, the pools, the timers, the monitor.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "idle.hpp"
#include "mn/runtime.hpp"
#include "monitor.hpp"
#include "stack_pool.hpp"
#include "task_pool.hpp"
#include "task_queue.hpp"
#include "timers.hpp"

namespace mn::detail {

class worker;

class scheduler {
 public:
  explicit scheduler(const options& o);
  ~scheduler();
  scheduler(const scheduler&) = delete;
  scheduler& operator=(const scheduler&) = delete;

  /// A ready or fresh task from outside this runtime's workers (or for whichever worker is free).
  void inject(task& t) noexcept;
  /// The oldest task of the shared queue, or null.
  task* take_injected() noexcept;
  [[nodiscard]] bool has_injected() const noexcept { return injected_count_.load(std::memory_order_seq_cst) != 0; }

  /// Makes a parked task ready: soon and here, where `soon` and the caller is a worker of this runtime.
  void ready(task& t, bool soon) noexcept;

  /// Fires due timers, if any. True if there were.
  bool fire_timers(std::int64_t now) noexcept;

  /// Some worker's queue is overdue: wakes a sleeper for it.
  void ask_for_help() noexcept { idle.wake_one(); }

  /// Blocks the calling plain thread until every task has ended.
  void wait_until_quiet() noexcept;
  /// A worker has found nothing to do: tells those who wait for quiet if no task is left.
  void note_idle() noexcept;

  [[nodiscard]] bool stopping() const noexcept { return stopping_.load(std::memory_order_seq_cst); }
  [[nodiscard]] statistics stats() noexcept;

  const options settings;
  stack_pool stacks;
  task_pool blocks;
  /// Alarms may outlive the runtime, and hold their clock.
  const std::shared_ptr<timers> shared_clock = std::make_shared<timers>(this);
  timers& clock = *shared_clock;
  idle_workers idle;
  std::vector<std::unique_ptr<worker>> workers;
  /// The deadline that a sleeping worker is sleeping towards; see idle.hpp.
  std::atomic<std::int64_t> timekeeper_ns{timers::never};
  /// A worker lingers before it sleeps; see worker::linger.
  std::atomic<bool> lingering{false};
  const unsigned cpus;
  monitor watch;

  /// Set bits make every choice of a task take the slow way: worker::attend.
  std::atomic<std::uint32_t> attention{0};

  /// The monotonic clock in milliseconds, as old as the last read_clock(): what a parked task notes, since reading the
  /// clock costs as much as parking. While anybody works it is read at least once a millisecond.
  std::atomic<std::uint32_t> coarse_ms{0};
  std::int64_t read_clock() noexcept;

  /// The first of `n` numbers for tasks.
  std::uint64_t take_ids(std::uint64_t n) noexcept { return ids_.fetch_add(n, std::memory_order_relaxed); }

  void count_injected_start() noexcept { injected_started_.fetch_add(1, std::memory_order_relaxed); }

 private:
  [[nodiscard]] bool all_tasks_ended() const noexcept;
  void leave_clock() noexcept;

  alignas(64) spin_lock injected_lock_;
  task_fifo injected_;
  std::atomic<std::size_t> injected_count_{0};
  std::atomic<std::uint64_t> injected_started_{0};
  std::atomic<std::uint64_t> ids_{1};
  alignas(64) std::atomic<bool> stopping_{false};
  std::atomic<std::uint32_t> quiet_wanted_{0};  ///< how many wait for quiet
  std::atomic<std::uint32_t> quiet_seen_{0};    ///< their futex word: how often it was quiet
};

}  // namespace mn::detail
