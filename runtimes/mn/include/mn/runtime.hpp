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
  /// Address space for a task's stack, in bytes; rounded up to a power of two, at least 16 KiB. Only pages that a
  /// task touches cost memory. The lowest page is a guard.
  std::size_t stack_bytes = 128 * 1024;
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
  std::string
      report;  ///< a line for each: name, place, what it waits for; many that are alike are counted. Empty if clean
};

/// How the lowest page of a stack is kept from being used.
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
  std::uint64_t switches = 0;      ///< a task gave way or parked, or a worker took one up
  std::uint64_t hand_offs = 0;     ///< tasks that were made ready to run next, on the worker that woke them
  std::uint64_t steals = 0;        ///< tasks that moved from one worker to another
  std::uint64_t wake_ups = 0;      ///< sleeping workers that were woken, a system call each
  std::uint64_t timers_fired = 0;  ///< sleeps and timeouts that came to their end
  std::uint64_t stacks = 0;        ///< stack slots ever bound
  std::uint64_t unguarded_stacks = 0;
  guard_kind guards = guard_kind::marker;

  // Now.
  std::uint64_t tasks_running = 0;   ///< on a worker
  std::uint64_t tasks_queued = 0;    ///< ready to go on, or not started yet
  std::uint64_t tasks_parked = 0;    ///< wait for something
  std::uint64_t workers_asleep = 0;  ///< found nothing to do
  std::uint64_t blocking_calls = 0;  ///< tasks that block an OS thread on purpose
  std::uint64_t stacks_in_use = 0;   ///< bound to a task that has started and not ended
  std::uint64_t stacks_cached = 0;   ///< wait for the next task
};

namespace detail {
class scheduler;
}

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
  /// thrown here, after the other tasks have ended. Not from inside a task (throws error); one thread at a time. Throws
  /// runtime_stopped after shutdown(), or where a shutdown() on another thread gives the tasks up.
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

  /// Starts a task from any thread. Throws runtime_stopped after shutdown() has begun.
  template <class F>
  void go(F&& f, const std::source_location& where = std::source_location::current()) {
    detail::submit(*detail::make_task(detail::acquire_task(*scheduler_), std::forward<F>(f)), where);
  }

  [[nodiscard]] unsigned cores() const noexcept;
  [[nodiscard]] std::size_t stack_bytes() const noexcept;
  /// Cost: a few reads for each worker and short locks of the pools.
  [[nodiscard]] statistics stats() const noexcept;

  /// Ends what the runtime does: refuses tasks from outside (go, run) at once, with runtime_stopped, and waits until
  /// every task has ended or `patience` is over. Tasks may still start others meanwhile. mn does not interrupt a task:
  /// tell yours to end (close their channels, cancel their contexts) before you call this.
  ///
  /// Where tasks are left, they are given up. What runs now runs until it next gives way or parks; what is parked or
  /// queued never runs again, is not unwound and destroys nothing. A mutex that such a task holds stays locked; a value
  /// sent to one is lost. Because others may still hold references to them, their stacks and the runtime's memory are
  /// kept until the program ends, and the report says so. shutdown waits another moment (at most 0.1 s) for tasks that
  /// run; where one does not give way, its thread is left to it, which the report says as well.
  ///
  /// Not from inside a task (throws error). A second call returns the same, as things are by then. A negative patience
  /// is none; one that ends beyond the clock's range is for ever.
  shutdown_result shutdown(std::chrono::nanoseconds patience);

  /// Writes every task with a backtrace to the file descriptor: see diagnostics.hpp.
  void dump(int fd) const;

 private:
  void check_outside() const;
  bool wait_until_done() noexcept;

  std::unique_ptr<detail::scheduler> scheduler_;
};

}  // namespace mn
