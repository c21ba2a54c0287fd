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
#include "poller.hpp"
#include "stack_pool.hpp"
#include "task_pool.hpp"
#include "task_queue.hpp"
#include "timers.hpp"
#include "trace/session.hpp"
#include "trace/tracer.hpp"
#include "worker_list.hpp"

namespace mn::detail {

class worker;

// Bits of scheduler::attention.
inline constexpr std::uint32_t attention_surplus = 1;     ///< more workers are on duty than there are cores
inline constexpr std::uint32_t attention_chaos = 2;       ///< every decision is perturbed
inline constexpr std::uint32_t attention_trace = 4;       ///< events are recorded: src/trace/
inline constexpr std::uint32_t attention_halted = 8;      ///< nobody may take up a task: halt.hpp
inline constexpr std::uint32_t attention_abandoned = 16;  ///< nor ever again: shutdown.cpp
inline constexpr std::uint32_t attention_slots = 32;      ///< the monitor may empty hand-off slots: worker.hpp
inline constexpr std::uint32_t attention_gate = attention_halted | attention_abandoned;

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

  /// Queues a task that has been announced and counted, and has not started: it waited for something else than a turn.
  void start(task& t) noexcept;

  /// Fires due timers, if any. True if there were.
  bool fire_timers(std::int64_t now) noexcept;

  /// Some worker's queue is overdue: wakes a sleeper for it.
  void ask_for_help() noexcept { idle.wake_one(); }

  /// Blocks the calling plain thread until every task has ended (true), or the runtime was given up, or `deadline_ns`
  /// is over (< 0: never).
  bool wait_until_quiet(std::int64_t deadline_ns = -1) noexcept;
  /// A worker has found nothing to do: tells those who wait for quiet if no task is left.
  void note_idle() noexcept;

  [[nodiscard]] bool stopping() const noexcept { return stopping_.load(std::memory_order_seq_cst); }
  [[nodiscard]] statistics stats() noexcept;
  [[nodiscard]] bool all_tasks_ended() const noexcept;

  // The end with a limit: shutdown.cpp.

  /// From now on acquire_task(scheduler&) throws runtime_stopped.
  void refuse_tasks() noexcept { closed_.store(true, std::memory_order_seq_cst); }
  [[nodiscard]] bool refuses_tasks() const noexcept { return closed_.load(std::memory_order_seq_cst); }
  /// The tasks that are left never run again. Returns when all workers have stopped, or after `patience_ns`; those that
  /// still run then go on alone. This object must never be destroyed afterwards.
  void abandon(std::int64_t patience_ns) noexcept;
  [[nodiscard]] bool abandoned() const noexcept {
    return (attention.load(std::memory_order_acquire) & attention_abandoned) != 0;
  }
  /// Blocks until no worker of an abandoned runtime runs anything.
  void wait_until_stopped() noexcept;
  /// A worker's thread does nothing more with this object.
  void note_stopped() noexcept;
  std::mutex ending;

  /// How many workers' threads have been started. One is counted once it exists.
  [[nodiscard]] std::size_t started_threads() const noexcept { return threads_.load(std::memory_order_seq_cst); }

  const options settings;
  stack_pool stacks;
  task_pool blocks;
  /// Alarms may outlive the runtime, and hold their clock.
  const std::shared_ptr<timers> shared_clock = std::make_shared<timers>(this);
  timers& clock = *shared_clock;
  const poller_handle net;
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
  /// The system has a barrier on all threads, so a worker may own the biased locks.
  const bool may_own_locks;
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

  // What the registry keeps here; see registry.hpp.
  scheduler* next_runtime = nullptr;
  unsigned number = 0;

  /// The first of `n` numbers for tasks.
  std::uint64_t take_ids(std::uint64_t n) noexcept { return ids_.fetch_add(n, std::memory_order_relaxed); }

  /// Starts one more worker. False where there is no room for one, or the system refuses the thread.
  bool start_spare() noexcept;
  /// There is room for one more.
  [[nodiscard]] bool may_start_spare() const noexcept {
    return workers.has_room() || unstarted_.load(std::memory_order_relaxed) != nullptr;
  }

  void count_injected_start() noexcept { injected_started_.fetch_add(1, std::memory_order_relaxed); }

 private:
  void make_ready(task& t, bool soon) noexcept;
  void trace_ready(task& t, bool soon) noexcept;
  friend struct debug_layout;
  void wake_those_who_want_quiet() noexcept;
  void start(worker& w);
  void stop() noexcept;
  void leave_clock() noexcept;

  alignas(64) spin_lock injected_lock_;
  task_fifo injected_;
  std::atomic<std::size_t> injected_count_{0};
  std::atomic<std::uint64_t> injected_started_{0};
  std::atomic<std::uint64_t> ids_{1};
  std::mutex spare_lock_;                    ///< one spare is started at a time
  std::atomic<worker*> unstarted_{nullptr};  ///< a spare for which the system has refused a thread
  std::atomic<std::size_t> threads_{0};
  alignas(64) std::atomic<bool> stopping_{false};
  std::atomic<bool> closed_{false};
  std::atomic<std::uint32_t> stopped_{0};       ///< a futex word: how many workers' threads have come to their end
  std::atomic<std::uint32_t> quiet_wanted_{0};  ///< how many wait for quiet
  std::atomic<std::uint32_t> quiet_seen_{0};    ///< their futex word: how often it was quiet

 public:
  tracer tracing{*this};  ///< the last member: its end reads the others
};

}  // namespace mn::detail
