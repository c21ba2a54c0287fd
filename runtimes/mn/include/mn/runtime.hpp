// The runtime: a few OS threads (workers) that run any number of tasks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <source_location>
#include <string>
#include <utility>

#include "mn/detail/task.hpp"
#include "mn/errors.hpp"
#include "mn/spawn.hpp"

namespace mn {

/// What to do when every task waits and nothing is left that could ever wake one.
enum class deadlock_action {
  end_program,  ///< print "mn: all tasks are asleep: deadlock" and every task to standard error, and abort
  report_only,  ///< print the same, once, and go on
  ignore,       ///< do not look
};

struct options {
  /// How many workers run tasks at the same time; 0 means as many as the CPUs that this thread may use.
  unsigned cores = 0;
  /// Address space for a task's stack, in bytes; rounded up to a power of two, at least 16 KiB or four pages. Only
  /// pages that a task touches cost memory. The lowest ones are a guard. A task gets its stack when it first runs, when
  /// nobody could be told: where the system gives no address space then, the program ends and says so.
  std::size_t stack_bytes = 128 * 1024;
  /// Memory below the stack pointer of a task that has been parked for so long goes back to the system, bit by bit, as
  /// do stacks that nobody needs. Zero or less: never.
  std::chrono::milliseconds trim_stacks_after{5000};
  /// How many OS threads may be started beyond `cores` to stand in for workers whose task blocks its thread or never
  /// gives way. Started when needed, kept until the runtime ends.
  unsigned spare_threads = 256;
  /// Not 0: perturbs every decision of the scheduler from this seed, to find what depends on luck. On one core a seed
  /// repeats a run, on several it repeats the decisions but not the timing. 0: taken from the environment variable
  /// MN_CHAOS, if that is set.
  std::uint64_t chaos_seed = 0;
  /// How much of stack_bytes is the guard, in bytes, at most half; rounded up to pages; 0 means 16 KiB, or a quarter of
  /// a stack that is smaller than 64 KiB. A function whose frame is larger may overflow the stack unnoticed, unless it
  /// is built with -fstack-clash-protection.
  std::size_t guard_bytes = 0;
  /// Explain a stack overflow on standard error before the process ends by SIGSEGV. For this the first such runtime
  /// installs a handler for SIGSEGV and SIGBUS, which stays and hands every fault on to the handler before it, and each
  /// worker gets a signal stack. Never under AddressSanitizer and ThreadSanitizer, which do the same.
  bool report_stack_overflow = true;
  /// Called once on each worker thread before it runs a task; may be null.
  void (*on_worker_start)() = nullptr;
  /// A deadlock is found where it can be proven: see diagnostics.hpp, which also says what cannot be seen.
  deadlock_action on_deadlock = deadlock_action::end_program;
  /// SIGQUIT (Ctrl-\) prints every task to standard error, and the program goes on. Only where the program has no
  /// handler of its own for it: see diagnostics.hpp.
  bool dump_on_sigquit = true;
};

/// How a shutdown went.
struct shutdown_result {
  bool clean = true;     ///< every task has ended
  std::size_t left = 0;  ///< tasks that have not
  /// A line for each: name, place, what it waits for; many that are alike are counted. Empty if clean.
  std::string report;
};

/// How the guard of a stack is kept from being used.
enum class guard_kind {
  marker,      ///< MADV_GUARD_INSTALL (Linux 6.13): costs no mapping
  protection,  ///< mprotect: costs two mappings a stack, so only within a budget; stacks beyond it are unguarded
};

/// What a runtime has done since it began, and how it stands. Read while tasks run it is a snapshot: each counter is
/// exact, the set is not, and what stands under "now" may be off by what moved meanwhile; when nothing runs all is
/// exact.
struct statistics {
  // Since the beginning.
  std::uint64_t tasks_started = 0;
  std::uint64_t tasks_ended = 0;
  std::uint64_t switches = 0;      ///< how often a worker chose what to run next
  std::uint64_t hand_offs = 0;     ///< tasks that were made ready to run next, on the worker that woke them
  std::uint64_t steals = 0;        ///< tasks that moved from one worker to another
  std::uint64_t wake_ups = 0;      ///< sleeping workers that were woken, a system call each
  std::uint64_t timers_fired = 0;  ///< sleeps, timeouts, timers and ticks that came due
  std::uint64_t stacks = 0;        ///< stack slots ever bound
  std::uint64_t unguarded_stacks = 0;
  std::uint64_t trimmed_stack_bytes = 0;  ///< memory of parked tasks' stacks that was given back
  std::uint64_t threads = 0;              ///< OS threads that have been started as workers, spare ones included
  std::uint64_t spares_refused = 0;       ///< how often there was no spare thread when one was needed
  guard_kind guards = guard_kind::marker;

  // Now.
  std::uint64_t tasks_running = 0;     ///< on a worker, those in blocking() included
  std::uint64_t tasks_queued = 0;      ///< ready to go on, or not started yet
  std::uint64_t tasks_parked = 0;      ///< wait for something
  std::uint64_t workers_asleep = 0;    ///< found nothing to do; spares that are not needed do not count
  std::uint64_t workers_blocking = 0;  ///< in blocking()
  std::uint64_t workers_stuck = 0;     ///< replaced, because their task keeps them for long
  std::uint64_t stacks_in_use = 0;     ///< bound to a task that has started and not ended
  std::uint64_t stacks_cached = 0;     ///< wait for the next task
};

namespace detail {
class scheduler;
}
class trace;

class runtime {
 public:
  /// Starts the workers. Throws bad_option, or out_of_resources where the system refuses a thread.
  explicit runtime(options o = {});
  /// Ends the workers. All tasks have ended: run() saw to that. Tasks started by go() from outside are waited for,
  /// however long that takes; after a shutdown() that was not clean nothing is waited for.
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  /// Runs `f` as a task and returns when it and every task of this runtime has ended. An exception that leaves f is
  /// thrown here, after the other tasks have ended. Not from inside a task, of whichever runtime (throws
  /// inside_a_task); one thread at a time. Throws runtime_stopped after shutdown(), or where a shutdown() on another
  /// thread gives the tasks up.
  template <class F>
  void run(F&& f, const std::source_location& where = std::source_location::current()) {
    check_outside();
    std::exception_ptr thrown;
    detail::submit(*detail::make_task(detail::acquire_task(*scheduler_),
                                      [&] {
                                        try {
                                          std::forward<F>(f)();
                                        } catch (...) {
                                          thrown = std::current_exception();
                                        }
                                      }),
                   where);
    if (!wait_until_done()) throw runtime_stopped();
    if (thrown) std::rethrow_exception(thrown);
  }

  /// Starts a task from any thread. Throws runtime_stopped after shutdown() has begun, std::bad_alloc where there is no
  /// memory for the control block.
  template <class F>
  void go(F&& f, const std::source_location& where = std::source_location::current()) {
    detail::submit(*detail::make_task(detail::acquire_task(*scheduler_), std::forward<F>(f)), where);
  }

  /// Starts a task from any thread, and gives back the handle to its result: see mn::spawn. Throws runtime_stopped
  /// after shutdown() has begun.
  template <class F>
  auto spawn(F&& f, const std::source_location& where = std::source_location::current()) {
    return detail::start_joinable(detail::acquire_task(*scheduler_), std::forward<F>(f), where);
  }

  [[nodiscard]] unsigned cores() const noexcept;
  [[nodiscard]] std::size_t stack_bytes() const noexcept;
  /// Cost: a few reads for each worker and short locks of the pools.
  [[nodiscard]] statistics stats() const noexcept;

  /// Ends what the runtime does: refuses tasks from outside (go, spawn, run) at once, with runtime_stopped, and waits
  /// until every task has ended or `patience` is over. Tasks may still start others meanwhile. mn does not interrupt a
  /// task: tell yours to end (cancel their contexts, close their channels) before you call this.
  ///
  /// Where tasks are left, they are given up. What runs now runs until it next gives way or parks; what is parked or
  /// queued never runs again, is not unwound and destroys nothing. A mutex that such a task holds stays locked; a value
  /// sent to one is lost; timers that belong to this runtime go off no more. Because others may still hold references
  /// to them, their stacks and the runtime's memory are kept until the program ends, and the report says so. shutdown
  /// waits another moment (at most 0.1 s) for tasks that run; where one does not give way, its thread is left to it,
  /// which the report says as well.
  ///
  /// Not from inside a task (throws inside_a_task). A second call returns the same, as things are by then. A negative
  /// patience is none; one that ends beyond the clock's range is for ever.
  shutdown_result shutdown(std::chrono::nanoseconds patience);

  /// Writes every task with a backtrace to the file descriptor: see diagnostics.hpp.
  void dump(int fd) const;

 private:
  friend class trace;
  void check_outside() const;
  bool wait_until_done() noexcept;

  std::unique_ptr<detail::scheduler> scheduler_;
};

}  // namespace mn
