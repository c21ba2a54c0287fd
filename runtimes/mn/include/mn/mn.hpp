// All of mn.
#pragma once

#include "mn/blocking.hpp"     // IWYU pragma: export
#include "mn/channel.hpp"      // IWYU pragma: export
#include "mn/condition.hpp"    // IWYU pragma: export
#include "mn/context.hpp"      // IWYU pragma: export
#include "mn/diagnostics.hpp"  // IWYU pragma: export
#include "mn/errors.hpp"       // IWYU pragma: export
#include "mn/fiber_local.hpp"  // IWYU pragma: export
#include "mn/file.hpp"         // IWYU pragma: export
#include "mn/mutex.hpp"        // IWYU pragma: export
#include "mn/net.hpp"          // IWYU pragma: export
#include "mn/once.hpp"         // IWYU pragma: export
#include "mn/runtime.hpp"      // IWYU pragma: export
#include "mn/rw_mutex.hpp"     // IWYU pragma: export
#include "mn/select.hpp"       // IWYU pragma: export
#include "mn/semaphore.hpp"    // IWYU pragma: export
#include "mn/spawn.hpp"        // IWYU pragma: export
#include "mn/task.hpp"         // IWYU pragma: export
#include "mn/this_task.hpp"    // IWYU pragma: export
#include "mn/timer.hpp"        // IWYU pragma: export
#include "mn/trace.hpp"        // IWYU pragma: export
#include "mn/wait_group.hpp"   // IWYU pragma: export

namespace mn {

/// The version of these headers: major, minor, patch.
inline constexpr char version[] = "0.1.0";

}  // namespace mn
