// How many steps of the work loop (PROTOCOL.md, "The work loop") this machine makes in a microsecond.
#pragma once

#include <cstdint>

namespace threadmark::conductor {

/// The best of many short spins on one CPU: noise only ever makes a spin longer, so the best is the nearest to the
/// truth. Takes about 50 ms. At least 1.
std::int64_t measure_spin_steps_per_us();

}  // namespace threadmark::conductor
