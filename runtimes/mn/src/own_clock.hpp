// Which clock a timer gets: that of the runtime whose task makes it, or the bare one.
#pragma once

#include <memory>

#include "timers.hpp"

namespace mn::detail {

/// The current task's runtime's clock; from a plain thread the bare clock. Throws out_of_resources.
std::shared_ptr<timers> own_clock();

/// The current task's runtime's clock. Throws not_in_a_task.
std::shared_ptr<timers> runtime_clock();

}  // namespace mn::detail
