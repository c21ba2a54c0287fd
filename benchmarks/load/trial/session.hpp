// The client's side of PROTOCOL.md, "The client of the server workloads": a request a line, answers on lines.
#pragma once

#include "load/trial/measure.hpp"

namespace threadmark::load {

/// Reads requests from one descriptor and answers each on the other, until the first ends or the second breaks. An end
/// is seen when the request at hand has been answered. Leaves nothing behind, nor when it throws
/// conductor::interrupted.
void serve_requests(int in, int out, const measure_settings& settings, const wait_ends& ends);

}  // namespace threadmark::load
