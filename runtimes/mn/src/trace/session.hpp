// One trace, from its beginning to its file.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "mn/trace.hpp"
#include "trace/record.hpp"

namespace mn::detail {

class tracer;

/// What the counters said at some moment, as far as one worker knows: see trace_kind::sample.
struct trace_levels {
  std::int64_t balance = 0;        ///< tasks that started on this worker minus those that ended on it
  std::uint32_t queued = 0;        ///< in this worker's queue and hand-off slot
  std::uint32_t shared = 0;        ///< in the queue for any worker
  std::uint32_t from_outside = 0;  ///< tasks ever started from outside, modulo 2^32

  [[nodiscard]] trace_record to_record(std::int64_t when_ns) const noexcept {
    return {.when_ns = when_ns,
            .task = static_cast<std::uint64_t>(balance),
            .where = std::uint64_t{from_outside} << 32 | queued,
            .number = shared,
            .kind = trace_kind::sample};
  }
  [[nodiscard]] static trace_levels of(const trace_record& r) noexcept {
    return {static_cast<std::int64_t>(r.task), static_cast<std::uint32_t>(r.where), r.number,
            static_cast<std::uint32_t>(r.where >> 32)};
  }
};

struct file_closer {
  void operator()(std::FILE* f) const noexcept { (void)std::fclose(f); }
};
using file_handle = std::unique_ptr<std::FILE, file_closer>;

struct trace_session {
  std::string path;
  trace_options options;
  file_handle file;  ///< open while the trace is under way
  std::int64_t began_ns = 0;
  std::vector<std::uint64_t> from;  ///< for each worker the number of its first record
  std::uint64_t outside_from = 0;
  std::vector<trace_levels> levels;  ///< of each worker, when it began
  tracer* owner = nullptr;           ///< null once it has ended
  trace_result result;
};

/// One thread's part of a trace.
struct trace_lane {
  std::int32_t thread = 0;  ///< 0: of a worker whose thread has not begun
  std::string name;
  bool is_worker = false;
  bool asleep = false;                ///< when the trace ended
  bool retired = false;               ///< the same: a spare that is not needed
  std::vector<trace_record> records;  ///< in order
  std::uint64_t lost = 0;             ///< older ones that were overwritten
  trace_levels first, last;           ///< when the trace began and ended
};

/// All that was recorded in one trace.
struct trace_snapshot {
  std::int64_t began_ns = 0;
  std::int64_t ended_ns = 0;
  unsigned runtime_number = 1;
  std::vector<trace_lane> lanes;  ///< the workers by their index, then the others
  std::uint64_t outside_lost = 0;
  std::size_t task_tracks = 0;
};

}  // namespace mn::detail
