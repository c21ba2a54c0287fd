// this_task: what the running task is called, and its number.
#pragma once

#include <cstdint>
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

}  // namespace mn::this_task
