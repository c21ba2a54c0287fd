// Writes what all tasks are doing, with backtraces, to a file descriptor.
//
// One runtime after the other: its workers are halted, the report is taken, they go on, the report is printed. So a
// halt lasts for the reading alone, and nothing is printed, no name looked up, no memory allocated while a worker
// waits; it cannot matter which locks those hold. The registry's lock is held while one report is taken, not while it
// is printed.
#pragma once

namespace mn::detail {

class scheduler;

/// All runtimes, and the plain threads that are blocked inside mn. `header` is the first line.
void dump_all(const char* header, int fd) noexcept;
/// One runtime.
void dump_one(scheduler& s, int fd) noexcept;

}  // namespace mn::detail
