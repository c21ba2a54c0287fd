// this_task: what the running task is called, its number, and its stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "mn/errors.hpp"

namespace mn::this_task {

/// The calling task's number: from 1, and no other task of its runtime has it, now or later. 0 in a plain thread.
[[nodiscard]] std::uint64_t id() noexcept;

/// Names the calling task in every report; the text is copied, up to its first zero byte. An empty one takes the name
/// away. May be called again, also while a report is being written: it shows the one name or the other. Throws
/// not_in_a_task in a plain thread, and std::bad_alloc; then the task keeps its name. Cost: an allocation.
void set_name(std::string_view name);

/// The calling task's name; empty if it has none, and in a plain thread. Valid until the next set_name() or the task's
/// end, for the task itself.
[[nodiscard]] std::string_view name() noexcept;

/// The addresses that the calling task's stack may use, the guard not among them; it grows from the end towards the
/// beginning. So `&local - stack().data()` is about how many bytes are left. The task keeps its stack until it ends.
/// Empty in a plain thread. Whether a page of it has been touched, the kernel knows (/proc/PID/pagemap).
[[nodiscard]] std::span<std::byte> stack() noexcept;

}  // namespace mn::this_task
