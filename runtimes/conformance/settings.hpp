// What a run was asked for, read once.
#pragma once

#include <string_view>

namespace threadmark::conformance {

/// THREADMARK_CORES in the environment: how many cores the runtime under test is given; 1 where it is not set.
unsigned cores();

/// --variant=NAME: the model's configuration; empty, its recommended one, where it is not given.
std::string_view variant();

}  // namespace threadmark::conformance
