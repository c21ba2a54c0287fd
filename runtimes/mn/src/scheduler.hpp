// A runtime's shared parts, one of each: its workers, the shared queue, the pools, the timers, the monitor.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "duty.hpp"
#include "idle.hpp"
#include "mn/runtime.hpp"
#include "monitor.hpp"
#include "stack_pool.hpp"
#include "task_pool.hpp"
#include "task_queue.hpp"
#include "timers.hpp"
#include "worker_list.hpp"
#include "trace/session.hpp"
#include "trace/tracer.hpp"

namespace mn::detail {

class worker;

// Bits of scheduler::attention.
inline constexpr std::uint32_t attention_surplus = 1;  ///< more workers are on duty than there are cores
inline constexpr std::uint32_t attention_chaos = 2;    ///< every decision is perturbed
inline constexpr std::uint32_t attention_trace = 4;    ///< events are recorded: src/trace/

class scheduler {
 public:
  explicit scheduler(const options& o);
  ~scheduler();
  scheduler(const scheduler&) = delete;
  scheduler& operator=(const scheduler&) = delete;

  /// A ready or fresh task from outside this runtime's workers (or for whichever worker is free).
  void inject(task& t) noexcept;
  /// The same for many; `tasks` is empty afterwards.
  void inject_all(task_fifo& tasks) noexcept;
  /// The oldest task of the shared queue, or null.
  task* take_injected() noexcept;
  [[nodiscard]] bool has_injected() const noexcept { return injected_count_.load(std::memory_order_seq_cst) != 0; }

  /// Makes a parked task ready: soon and here, where `soon` and the caller is a worker of this runtime.
  void ready(task& t, bool soon) noexcept;
  /// The same, soon, where the task's own successor calls because what it waits for had come before it was parked.
  void ready_after_all(task& t) noexcept;

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
  worker_list workers;
  duty_roster roster;
  /// The deadline that a sleeping worker is sleeping towards; see idle.hpp.
  std::atomic<std::int64_t> timekeeper_ns{timers::never};
  /// A worker lingers before it sleeps; see worker::linger.
  std::atomic<bool> lingering{false};
  /// Statistics: relaxed.
  std::atomic<std::uint64_t> trimmed_bytes{0};
  const unsigned cpus;
  monitor watch;

  /// Set bits make every choice of a task take the slow way: worker::attend.
  std::atomic<std::uint32_t> attention{0};

  /// Relaxed: a trace tolerates events that are recorded, or not, for a moment after its begin or end.
  [[nodiscard]] bool traced() const noexcept {
    return (attention.load(std::memory_order_relaxed) & attention_trace) != 0;
  }
  /// What a trace's counters show of this worker, and what they share.
  [[nodiscard]] trace_levels levels(const worker& w) const noexcept;

  /// The monotonic clock in milliseconds, as old as the last read_clock(): what a parked task notes, since reading the
  /// clock costs as much as parking. While anybody works it is read at least once a millisecond.
  std::atomic<std::uint32_t> coarse_ms{0};
  std::int64_t read_clock() noexcept;

  /// The first of `n` numbers for tasks.
  std::uint64_t take_ids(std::uint64_t n) noexcept { return ids_.fetch_add(n, std::memory_order_relaxed); }

  /// Starts one more worker. False where there is no room for one, or the system refuses the thread.
  bool start_spare() noexcept;

  void count_injected_start() noexcept { injected_started_.fetch_add(1, std::memory_order_relaxed); }

 private:
  void make_ready(task& t, bool soon) noexcept;
  void trace_ready(task& t, bool soon) noexcept;
  [[nodiscard]] bool all_tasks_ended() const noexcept;
  void stop() noexcept;
  void leave_clock() noexcept;

  alignas(64) spin_lock injected_lock_;
  task_fifo injected_;
  std::atomic<std::size_t> injected_count_{0};
  std::atomic<std::uint64_t> injected_started_{0};
  std::atomic<std::uint64_t> ids_{1};
  std::mutex spare_lock_;         ///< one spare is started at a time
  worker* unstarted_ = nullptr;  ///< a spare for which the system has refused a thread
  alignas(64) std::atomic<bool> stopping_{false};
  std::atomic<std::uint32_t> quiet_wanted_{0};  ///< how many wait for quiet
  std::atomic<std::uint32_t> quiet_seen_{0};    ///< their futex word: how often it was quiet

 public:
  tracer tracing{*this};  ///< the last member: its end reads the others
};

}  // namespace mn::detail
