// A worker: one OS thread that runs tasks.
//
// On the worker's own (native) stack runs loop(): it searches for work, steals, fires timers and sleeps. Everything
// fast happens on the tasks' stacks: a task that parks picks its successor itself and switches straight to it; a task
// that ends leaves its warm stack to the next fresh one. The native stack is entered only when there is nothing to do.
//
// Invariants
//   * `current` is the task whose stack this thread is on; null on the native stack.
//   * Before it tests scheduler::attention to choose the next task, it has written that it leaves the current one: what
//     is pending, or that task's end. Both are taken back when the switch is done (halt.hpp).
//   * After every switch the first thing done on the new stack is finish_switch(): what the predecessor left to be
//     done once its context was saved (release a lock, queue itself, give its stack back).
//   * A worker that is awake looks, before it sleeps, at its hand-off slot, its queue, the shared queue, overdue
//     queues of others, the timers (see idle.hpp) and the poller (see poller.hpp).
//   * Members without atomic are touched by this worker's thread only.
//
// The hand-off slot. Only its worker fills it. The worker empties it at nearly every choice, and once in a long while
// the monitor does, where the worker is kept in a task. An exchange each time would be safe; but it is a full barrier,
// and was a seventh of ping_pong's time. So a choice that finds no bit of scheduler::attention set loads and stores
// (take_own_hand_off), and all others exchange (take_hand_off). The monitor (monitor::rob) sets attention_slots, has
// the system run a barrier on every thread, and takes the task only where it then sees the worker inside a task and not
// choosing. As halt.hpp explains, a choice that tested the bit before that barrier is still seen to be under way, or
// it is over and the slot's store with it; and a choice that tests it later exchanges. Likewise where a hand-off
// displaces the task of an earlier one: it says so before it tests the bit (displacing_). Where the system has no such
// barrier, the bit stays set, and the monitor takes nothing until it looks again a millisecond later: who is on such a
// way for so long has been taken off its CPU, which is a barrier too.
//
// When another worker helps: waking a core costs more than a few tasks do, and tasks that talk to each other run
// best on one core. So a queue is opened to thieves, and a sleeper woken, only when its oldest task has waited
// longer than a wake-up costs (`overdue`). The owner checks that as often as a wake-up costs, at most at every choice
// or spawn. Where a task holds the worker without a choice, a worker that lingers before it sleeps does (linger), at
// last the monitor.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "arch/fp_control.hpp"
#include "chaos.hpp"
#include "duty.hpp"
#include "mn/detail/task.hpp"
#include "poller.hpp"
#include "stack_cache.hpp"
#include "task_pool.hpp"
#include "task_queue.hpp"
#include "this_worker.hpp"
#include "trace/ring.hpp"

namespace mn::detail {

class scheduler;

class alignas(64) worker {
 public:
  worker(scheduler& owner, unsigned index);

  void start();
  void join();
  /// Joins the thread if it has come to its end; else leaves it to itself.
  void join_or_leave();
  [[nodiscard]] bool has_ended() const noexcept { return ended_.load(std::memory_order_acquire); }

  // For the running task.

  /// Leaves the current task, which somebody else will make ready; `after(arg)` is done once its context is saved.
  void park(void (*after)(void*), void* arg, wait_reason why, const void* on) noexcept;
  /// The same where all that is left to be done is to release a lock.
  void park_unlock(spin_lock& lock, wait_reason why, const void* on) noexcept;
  void park_unlock(biased_lock& lock, wait_reason why, const void* on) noexcept;
  void yield() noexcept;

  // For whoever makes tasks ready; on this worker's thread.

  /// The task runs next, here: a hand-off. It displaces an earlier one to the queue.
  void hand_off(task& t) noexcept;
  void queue_ready(task& t) noexcept { queue.push_ready(t); }
  /// What becomes of a task that is made ready while decisions are random.
  void make_ready_at_random(task& t) noexcept;
  void spawn(task& t) noexcept;
  /// The current task has done something that might have had to wait; after many in a row without a switch it gives
  /// way.
  void count_operation() noexcept;
  /// A number that no other task of this runtime has.
  std::uint64_t new_id() noexcept;

  // For others.

  /// Takes this worker out of its sleep; the caller has taken it out of the list of sleepers.
  void rouse() noexcept;
  /// Empties the hand-off slot. Of others only the monitor may, as described above.
  task* take_hand_off() noexcept;
  /// On its own thread, while it chooses: the current task is not ready afterwards but parked.
  [[nodiscard]] bool is_parking() const noexcept { return parked_ != nullptr; }
  [[nodiscard]] unsigned index() const noexcept { return index_; }
  std::uint64_t choices() const noexcept { return choices_.load(std::memory_order_relaxed); }
  /// Moves all queued tasks, and the one that the caller has taken from the hand-off slot, if any, to the shared queue:
  /// this worker will not choose for a while.
  void give_tasks_away(task* handed_off) noexcept;
  /// Wakes it from its time as a spare.
  void recall() noexcept;
  /// CPU time that its thread has used.
  std::int64_t cpu_ns() noexcept;
  [[nodiscard]] bool on_duty() const noexcept { return duty_now.load(std::memory_order_relaxed) == duty::on; }
  /// A hint.
  bool has_hand_off() const noexcept { return hand_off_.load(std::memory_order_relaxed) != nullptr; }
  /// Between two tasks: a lock may still be held for the one before. Acquire: whoever finds that over sees the context
  /// of that one saved. (Or putting another task into its hand-off slot.)
  [[nodiscard]] bool is_switching() const noexcept {
    return pending_unlock_.look() || pending_act_.look() || displacing_.look();
  }
  /// Hints: how many tasks wait here for their turn, how many stacks for a task.
  [[nodiscard]] std::size_t queued_hint() const noexcept { return queue.size_hint() + (has_hand_off() ? 1 : 0); }
  [[nodiscard]] std::size_t cached_stacks_hint() const noexcept { return stacks_.count(); }

  /// Where this worker is, and which task it runs if it is in one; of use to others only as halt.hpp says.
  enum class whereabouts {
    in_task,   ///< runs what a task does, and is not choosing
    asleep,    ///< in the list of sleepers, or a settled spare
    aside,     ///< at the gate, or it has not begun, or it has ended: takes up no task
    choosing,  ///< on the way to one of these
  };
  [[nodiscard]] whereabouts where(const task*& running) const noexcept;
  const task* at_halt = nullptr;  ///< what it was found running at the last halt; under the registry's lock

  scheduler& home;
  task_queue queue;
  task_cache blocks;
  published<task*> current;
  task* leaving = nullptr;  ///< whose stack it may still be on although `current` is the next one; for overflow.cpp

  /// The queue is open to thieves. Set by its owner or the monitor, cleared by a thief.
  std::atomic<bool> overdue{false};
  /// The futex word: 0 while this worker is listed as asleep.
  std::atomic<std::uint32_t> awake{1};
  /// It sleeps in the poller, or is about to: see poller.hpp.
  std::atomic<bool> in_poller{false};
  /// See duty.hpp.
  std::atomic<duty> duty_now{duty::on};
  std::atomic<std::uint32_t> recalled{1};
  std::atomic<bool> settled{false};  ///< written under the roster's lock

  trace_ring events;
  std::atomic<std::int32_t> thread_id{0};  ///< the system's number; set when the thread starts, then only read

  // Statistics: written by this thread only, so a plain add; read by others: relaxed.
  std::atomic<std::uint64_t> started{0}, ended{0}, steals{0}, hand_offs{0};
  void count(std::atomic<std::uint64_t>& what, std::uint64_t by = 1) noexcept {
    what.store(what.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  /// Release: pairs with the acquire in scheduler::all_tasks_ended(); whoever has seen the end sees what the task did.
  void count_end() noexcept { ended.store(ended.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

 private:
  friend struct debug_layout;

  static constexpr std::uint32_t choices_between_looks = 32;  ///< at most; fewer where choices are far apart
  static constexpr std::uint32_t hand_offs_in_a_row = 16;
  static constexpr std::size_t stolen_at_most = 64;
  /// A task that spawns so many without giving way does: their blocks are run, and recycled, while in the cache.
  static constexpr std::uint32_t spawns_in_a_row = 256;
  /// A task that does so many operations on sockets without having to wait gives way.
  static constexpr std::uint32_t operations_in_a_row = 64;
  static constexpr std::int64_t wake_up_costs_ns = 16'000;
  static constexpr std::int64_t fresh_waits_at_most_ns = 1'000'000;
  static constexpr std::int64_t lingers_at_most_ns = 100'000;
  static constexpr std::uint64_t ids_at_once = 1024;

  // worker.cpp
  void work();

  // worker.cpp: choosing
  task* pick() noexcept;
  [[gnu::noinline]] task* pick_after_look() noexcept;
  task* pick_now() noexcept;
  task* choose() noexcept;
  task* take_own_hand_off() noexcept;
  [[gnu::noinline]] task* choose_from_queues() noexcept;
  task* attend(bool look_outside_first) noexcept;
  task* choose_at_random() noexcept;
  bool retire() noexcept;
  [[nodiscard]] bool pass_choice() noexcept;
  [[nodiscard]] bool look() noexcept;
  void look_at_queue(std::int64_t now) noexcept;

  // search.cpp
  void loop();
  bool pass_gate() noexcept;
  task* search() noexcept;
  bool look_outside() noexcept;
  task* steal() noexcept;
  task* steal_from(worker& victim) noexcept;
  task* linger() noexcept;
  void sleep_until_roused() noexcept;
  void sleep_towards(std::int64_t deadline, poller::catch_of_events& caught) noexcept;
  bool stay_retired() noexcept;

  // switching.cpp
  static void task_main() noexcept;
  static void finish_switch() noexcept;
  void give_way(bool to_look_outside = false) noexcept;
  void leave_parked(wait_reason why, const void* on) noexcept;
  void switch_to(task* next) noexcept;
  void prepare(task& next) noexcept;
  [[gnu::noinline]] void resume_after_long(task& next) noexcept;
  void change(context& from, context& to, bool dying) noexcept;
  [[noreturn]] void leave_for_good(task* next) noexcept;
  static void run_closure(task& t) noexcept;
  void recycle(task& t) noexcept;
  void bind_stack(task& t) noexcept;

  // What is left to be done once the predecessor's context is saved: to say that it is parked, and one of the two
  // others.
  task* parked_ = nullptr;
  published<biased_lock*> pending_unlock_;
  published<void (*)(void*)> pending_act_;
  void* pending_arg_ = nullptr;
  published<bool> displacing_;  ///< it replaces the task in its hand-off slot

  const unsigned index_;
  const std::uint32_t long_wait_ms_;  ///< half of options::trim_stacks_after: see stack_trimmer.hpp
  chaos chaos_;
  std::atomic<std::thread::native_handle_type> thread_handle_{};  ///< relaxed: none until the thread has begun
  bool retiring_ = false;                                         ///< a spare; the native stack sees to it
  context native_;
  std::atomic<bool> aside_{true};
  std::atomic<bool> ended_{false};
  std::atomic<task*> hand_off_{nullptr};  ///< stored by this worker; emptied by it, or by the monitor
  std::uint32_t hand_offs_ = 0;           ///< taken in a row
  std::atomic<std::uint64_t> choices_{0};
  std::uint32_t look_every_ = choices_between_looks;
  std::uint64_t look_at_ = choices_between_looks;  ///< the number of the choice that looks next
  bool shared_next_ = false;                       ///< somebody waits in the shared queue: look there before this one
  std::int64_t looked_ns_ = 0;
  std::int64_t alone_since_ns_ = 0;  ///< see biased_lock
  std::uint32_t spawned_ = 0;        ///< since the choice `spawned_at_`
  std::uint64_t spawned_at_ = 0;
  std::uint32_t operations_ = 0;  ///< since the choice `operations_at_`
  std::uint64_t operations_at_ = 0;
  std::uint32_t spawns_unlooked_ = 0;  ///< since the last look
  std::uint32_t fresh_runs_ = 0;       ///< so many choices take the newest fresh task first
  bool fresh_starves_ = false;         ///< the next choice is the oldest fresh task
  std::uint32_t mark_ = 0;             ///< the newest sequence number when the queue's age was last started
  std::int64_t mark_ns_ = 0;
  stack_cache stacks_;
  std::uint64_t next_id_ = 0;
  std::uint64_t last_id_ = 0;
  void* exceptions_ = nullptr;     ///< this thread's __cxa_eh_globals
  arch::fp_control fp_control_{};  ///< what every task begins with: the thread's own, from the runtime's maker
  std::uint32_t victim_ = 0;
  std::thread thread_;
};

}  // namespace mn::detail
