// What is printed of a run: one JSON object.
#pragma once

#include <string>

#include "load/open_loop.hpp"

namespace threadmark::load {

/// Percentiles are nearest ranks, in microseconds; null where there is nothing to rank.
std::string report(const open_loop_settings& asked, open_loop_result result);

}  // namespace threadmark::load
