// The runtime: a few OS threads (workers) that run any number of tasks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <source_location>
#include <utility>

#include "mn/detail/task.hpp"
#include "mn/errors.hpp"
#include "mn/spawn.hpp"

namespace mn {

struct options {
  /// How many workers run tasks at the same time; 0 means as many as the CPUs that this thread may use.
  unsigned cores = 0;
  /// Address space for a task's stack, in bytes; rounded up to a power of two, at least 16 KiB or four pages. Only
  /// pages that a task touches cost memory. The lowest ones are a guard.
  std::size_t stack_bytes = 128 * 1024;
  /// Memory below the stack pointer of a task that has been parked for so long goes back to the system, bit by bit, as do
  /// stacks that nobody needs. Zero or less: never.
  std::chrono::milliseconds trim_stacks_after{5000};
  /// How many OS threads may be started beyond `cores` to stand in for workers whose task blocks its thread or never gives
  /// way. Started when needed, kept until the runtime ends.
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
};

/// How the guard of a stack is kept from being used.
enum class guard_kind {
  marker,      ///< MADV_GUARD_INSTALL (Linux 6.13): costs no mapping
  protection,  ///< mprotect: costs two mappings a stack, so only within a budget; stacks beyond it are unguarded
};

/// Counters since the runtime began. Read while tasks run they are a snapshot, each value exact, the set not.
struct statistics {
  std::uint64_t tasks_started = 0;
  std::uint64_t tasks_ended = 0;
  std::uint64_t switches = 0;  ///< how often a worker chose what to run next
  std::uint64_t steals = 0;    ///< tasks that moved from one worker to another
  std::uint64_t stacks = 0;    ///< stack slots ever bound
  std::uint64_t unguarded_stacks = 0;
  std::uint64_t trimmed_stack_bytes = 0;  ///< memory of parked tasks' stacks that was given back
  std::uint64_t threads = 0;         ///< OS threads that have been started as workers, spare ones included
  std::uint64_t spares_refused = 0;  ///< how often there was no spare thread when one was needed
  guard_kind guards = guard_kind::marker;
};

namespace detail {
class scheduler;
}
class trace;

class runtime {
 public:
  /// Starts the workers. Throws bad_option, or out_of_resources where the system refuses a thread.
  explicit runtime(options o = {});
  /// Ends the workers. All tasks have ended: run() saw to that. Tasks started by go() from outside are waited for.
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  /// Runs `f` as a task and returns when it and every task of this runtime has ended. An exception that leaves f is
  /// thrown here, after the other tasks have ended. Not from inside a task (throws error); one thread at a time.
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
    wait_until_done();
    if (thrown) std::rethrow_exception(thrown);
  }

  /// Starts a task from any thread.
  template <class F>
  void go(F&& f, const std::source_location& where = std::source_location::current()) {
    detail::submit(*detail::make_task(detail::acquire_task(*scheduler_), std::forward<F>(f)), where);
  }

  /// Starts a task from any thread, and gives back the handle to its result: see mn::spawn.
  template <class F>
  auto spawn(F&& f, const std::source_location& where = std::source_location::current()) {
    return detail::start_joinable(detail::acquire_task(*scheduler_), std::forward<F>(f), where);
  }

  [[nodiscard]] unsigned cores() const noexcept;
  [[nodiscard]] std::size_t stack_bytes() const noexcept;
  [[nodiscard]] statistics stats() const noexcept;

 private:
  friend class trace;
  void check_outside() const;
  void wait_until_done() noexcept;

  std::unique_ptr<detail::scheduler> scheduler_;
};

}  // namespace mn
