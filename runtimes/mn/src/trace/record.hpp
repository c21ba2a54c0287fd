// What is recorded of one event, in 32 bytes: a moment, a task, and what the kind of event says of the rest.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "mn/detail/task.hpp"

namespace mn::detail {

/// What happened, and what `where`, `number` and `detail` say of it.
enum class trace_kind : std::uint8_t {
  spawned,      ///< `task` was started; where, number: file and line
  woken,        ///< `task` was made ready; where, number: its file and line; detail: the wait_reason that has ended
  woke_itself,  ///< the same, but what it waited for had come before it was parked
  runs,         ///< `task` runs on this worker from now on; where, number: file and line
  was_running,  ///< the same, noted late: it ran when recording began here
  left,         ///< `task` runs no more; where: what it waits on; detail: wait_reason; number: a leave_reason
  takes_name,   ///< `task`, which runs here, has set its name
  named,    ///< after left and takes_name: text_bytes more of that task's name, in task and where; number: how many are
            ///< used
  asleep,   ///< this worker sleeps; number: a sleep_reason
  awake,    ///< it no longer does
  lingers,  ///< this worker watches for work before it sleeps
  lingered,  ///< it no longer does
  stole,     ///< this worker took tasks from another; task: how many; number: the victim's index
  opened,    ///< a worker's queue was opened to the others; number: that worker's index
  sent,      ///< a spare worker goes on duty; number: its index
  blocks,    ///< the task that runs here is in blocking() from now on
  unblocks,  ///< it no longer is
  fires,     ///< due timers are fired from here on
  fired,     ///< so many were: task
  sample,    ///< the counters as this worker sees them: trace_levels
};

/// What a worker sleeps for: work; work or a timer; a spare: that it is needed.
enum class sleep_reason : std::uint32_t { until_work, until_deadline, retired };

/// Why a task left its worker.
enum class leave_reason : std::uint32_t { parked, gave_way, ended };

struct trace_record {
  static constexpr std::size_t words = 4;
  static constexpr std::size_t text_bytes = 16;

  std::int64_t when_ns = 0;
  std::uint64_t task = 0;
  std::uint64_t where = 0;
  std::uint32_t number = 0;
  trace_kind kind{};
  wait_reason detail = wait_reason::nothing;
  std::uint16_t unused = 0;
};
static_assert(sizeof(trace_record) == trace_record::words * sizeof(std::uint64_t));

using trace_words = std::array<std::uint64_t, trace_record::words>;

/// An address that is kept in a record. What it points to must live as long as the program.
inline std::uint64_t to_word(const void* p) noexcept {
  return reinterpret_cast<std::uintptr_t>(p);
}

}  // namespace mn::detail
