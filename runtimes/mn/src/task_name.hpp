// A task's name, which the task itself sets and reports on other threads read at any time.
//
// Invariants
//   * `task::name` is null or the first byte of a text that ends with a zero, on the heap, and belongs to the task.
//   * Only the task itself replaces it, and does so under `names_lock`; the old text is freed after that. Whoever else
//     reads it does so under the lock (copy_name), and so reads a text that lives.
// One lock for all names: it is taken when a name is set, at the end of a task that has one, and by reports; for a few
// dozen instructions each. Tasks without a name never take it.
#pragma once

#include <cstddef>

#include "mn/detail/task.hpp"

namespace mn::detail {

/// For reports, from any thread: copies the task's name into `into`, cut to size - 1 bytes, and ends it with a zero.
/// False where there is none. Nothing is allocated. It also returns false, after a bounded time, where the lock cannot
/// be had: a signal handler may have interrupted the thread that holds it.
bool copy_name(const task& t, char* into, std::size_t size) noexcept;

/// Takes the running task's name away.
void clear_name(task& t) noexcept;

}  // namespace mn::detail
