// Starting tasks, and the ways a task gives way.
#pragma once

#include <chrono>
#include <source_location>
#include <utility>

#include "mn/detail/task.hpp"
#include "mn/errors.hpp"

namespace mn {

/// Starts `f()` as a task of the current runtime; the caller goes on at once, but at every 256th call in a row lets the
/// others run first. The task gets a stack when it first runs. Callable from tasks only (from other threads:
/// runtime::go); throws not_in_a_task elsewhere, and std::bad_alloc where there is no memory for the control block. An
/// exception that leaves `f` ends the program, as does a system that gives no address space for the stack by then.
/// Cost: tens of nanoseconds.
template <class F>
void go(F&& f, const std::source_location& where = std::source_location::current()) {
  detail::submit(*detail::make_task(detail::acquire_task(), std::forward<F>(f)), where);
}

/// Lets other ready tasks run first. From a plain thread: std::this_thread::yield.
void yield() noexcept;

/// All of mn's times are on this clock: it never goes back, and pays no heed to changes of the date.
using time_point = std::chrono::steady_clock::time_point;

/// Blocks the calling task (or plain thread) for at least `d`; not at all where d is zero or less. A sleeping task
/// occupies no thread. Throws std::bad_alloc.
void sleep_for(std::chrono::nanoseconds d);

/// The same until `at`; not at all where that is past.
void sleep_until(time_point at);

}  // namespace mn
