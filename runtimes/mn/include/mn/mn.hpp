// All of mn.
#pragma once

#include "mn/channel.hpp"      // IWYU pragma: export
#include "mn/diagnostics.hpp"  // IWYU pragma: export
#include "mn/errors.hpp"       // IWYU pragma: export
#include "mn/mutex.hpp"        // IWYU pragma: export
#include "mn/runtime.hpp"      // IWYU pragma: export
#include "mn/select.hpp"       // IWYU pragma: export
#include "mn/task.hpp"         // IWYU pragma: export
#include "mn/this_task.hpp"    // IWYU pragma: export
#include "mn/wait_group.hpp"   // IWYU pragma: export

namespace mn {

/// The version of these headers: major, minor, patch.
inline constexpr char version[] = "0.1.0";

}  // namespace mn
