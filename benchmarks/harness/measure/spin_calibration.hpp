// How fast this machine does the work loop.
#pragma once

#include <cstdint>

namespace threadmark::harness {

/// Steps of the work loop in a microsecond, at least 1. Takes about 20 ms; the fastest of many short runs counts,
/// because whatever disturbs a run makes it slower.
std::uint64_t measure_spin_steps_per_us();

}  // namespace threadmark::harness
