// Which setting would move a limit that a contender has named (benchmarks/harness/failure/limits.cpp).
#pragma once

#include <string>
#include <string_view>

namespace threadmark::conductor {

/// What a person could change, and how far it is known to go; empty where the reason names no limit that is known.
/// Nothing is changed here.
std::string limit_advice(std::string_view reason);

}  // namespace threadmark::conductor
