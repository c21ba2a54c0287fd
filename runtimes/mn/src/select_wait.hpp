// How whoever has a claim blocks: between select.cpp, which registers its cases (and other waits that may end in more
// than one way: see claim_alarm.hpp), and park.cpp, which knows the scheduler.
#pragma once

#include <cstdint>

#include "mn/detail/select_core.hpp"
#include "mn/detail/task.hpp"

namespace mn::detail {

/// Blocks until the claim is decided; true if that was done by somebody who then woke the owner. For a plain thread
/// (`owner` null) also until `deadline_ns` (< 0: never), which it then claims as `timed_out`; a task's deadline is a
/// timer. On return the claim is `claimed`. `why` and `on` are what reports say.
[[nodiscard]] bool park_select(task* owner, thread_parker& parker, select_claim& claim, std::int64_t deadline_ns,
                               wait_reason why = wait_reason::select, const void* on = nullptr) noexcept;

}  // namespace mn::detail
