// The clock of those who have no runtime: of plain threads that make a timer or a context with a deadline, and of what
// is still set when its runtime ends. One OS thread for the whole process, which is started when it is first needed and
// never ended; it sleeps until the next deadline, for ever if there is none.
//
// Invariants
//   * A clock is served from adopt() until it is empty and nobody else holds it.
//   * `changes` is raised after an earlier deadline (or a clock) has become visible; the thread reads it before it
//     looks at the deadlines, and sleeps only while it is unchanged. So no deadline is slept through.
#pragma once

#include <memory>

#include "timers.hpp"

namespace mn::detail::bare_clock {

/// The clock for timers that are made outside of all tasks. Throws out_of_resources where the system gives no thread.
std::shared_ptr<timers> get();

/// Serves a clock that has left its runtime. Ends the program where the system gives no thread and one is needed.
void adopt(const std::shared_ptr<timers>& clock) noexcept;

/// One of the clocks served here has got an earlier deadline. Its lock may be held.
void rouse() noexcept;

}  // namespace mn::detail::bare_clock
