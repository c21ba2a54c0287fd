// What the environment asks of a run, read once.
#pragma once

#include <string_view>

namespace threadmark::conformance {

/// THREADMARK_CORES: how many cores the runtime under test is given; 1 where it is not set.
unsigned cores();

/// THREADMARK_VARIANT: the model's configuration by name; empty, its recommended one, where it is not set.
std::string_view variant();

}  // namespace threadmark::conformance
