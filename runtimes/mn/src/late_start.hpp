// Starting a task from where go() cannot: out of a timer that has gone off, or a context that is cancelled. That may be
// on any thread, a worker in the middle of a switch among them, so nothing here gives way or looks at timers.
//
// Invariant: the start has been counted already (timers::begin_start, timers::fire), so the runtime is there until the
// task has ended.
//
// The task goes to the back of the ready ones, not to the fresh ones: it has waited long enough.
#pragma once

#include <cstdint>
#include <exception>
#include <source_location>
#include <utility>

#include "mn/detail/task.hpp"
#include "os/os.hpp"

namespace mn::detail {

/// A block for a task of `home`, from the calling worker's cache where that is one of `home`. Throws std::bad_alloc.
task* acquire_late_task(scheduler& home);
void submit_late(task& t, const std::source_location& where) noexcept;

/// Starts `f()` as a task of `home`. Nobody could be told that there is no memory for it: that ends the program.
template <class F>
void start_late(scheduler& home, F&& f, const std::source_location& where) noexcept {
  try {
    submit_late(*make_task(acquire_late_task(home), std::forward<F>(f)), where);
  } catch (const std::exception& e) {
    os::fail("mn: no memory for the task of a timer or context, asked for at %s:%u: %s", where.file_name(),
             static_cast<unsigned>(where.line()), e.what());
  }
}

}  // namespace mn::detail
