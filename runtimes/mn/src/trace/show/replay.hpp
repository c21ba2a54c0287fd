// Turns what was recorded into what is shown: follows each worker and each task through the records of all threads.
//
// What is recorded may begin and end in the middle of things, and may have holes where a ring overflowed. So nothing is
// taken for granted:
//   * A track has at most one slice open; whatever begins the next one ends it. So slices never overlap.
//   * An end whose beginning is not known is left out on the worker's track, which shows "events lost" there.
//   * What a worker was doing before its first record is shown from the beginning of the trace.
//   * What still goes on when the trace ends stays open: the viewer shows it as unfinished.
//   * A run without a known wake-up gets no arrow.
#pragma once

#include "trace/session.hpp"
#include "trace/show/perfetto.hpp"

namespace mn::detail {

/// Writes all of a trace. Throws std::bad_alloc.
trace_result replay(const trace_snapshot& all, perfetto_writer& to);

}  // namespace mn::detail
