// A trace of what a runtime does, for https://ui.perfetto.dev.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace mn {

class runtime;
namespace detail {
struct trace_session;
}

struct trace_options {
  /// How many events are kept for each worker; rounded up to a power of two. A worker that has more of them loses the
  /// oldest, which the trace tells. An event takes 32 bytes until the runtime ends, once it has been used; a task's run
  /// takes two, starting or waking one takes another. The first trace of a runtime decides for the later ones.
  std::size_t events_per_worker = std::size_t{1} << 18;
  /// Of how many tasks the trace shows a track of their own (ready, running, parked), the first ones it meets. The
  /// workers' tracks show them all.
  std::size_t task_tracks = 1000;
};

/// What came of a trace.
struct trace_result {
  std::uint64_t events = 0;  ///< that were kept
  std::uint64_t lost = 0;    ///< that were not
  std::uint64_t tasks = 0;   ///< that appear in it
};

/// Traces a runtime from its construction to stop() or its destruction, then writes the file.
///
///   {
///     mn::trace t(rt, "slow_start.pftrace");
///     rt.run(start);
///   }
///
/// The file shows, in the format of Perfetto's track events: a track for each worker with a slice for each run of a
/// task, named after the task or the place it was spawned at, with the task's number and why the run ended (parked on
/// what, gave way, ended); what else the worker does (sleeps, lingers, steals, fires timers); a track for each of the
/// first tasks with what it waits for; arrows from what woke or spawned a task to its next run; and counters of the
/// tasks alive, ready and parked. Times are those of CLOCK_MONOTONIC. Files of several runtimes or processes may be
/// joined by `cat`.
///
/// Without a change of the program: MN_TRACE=file traces every runtime from its start to its end, the second one of the
/// process into a file with ".2" before its extension, and so on; %p in the name stands for the process's number.
/// MN_TRACE_EVENTS=n sets events_per_worker. Where that file cannot be written, one line on standard error says so and
/// the program goes on.
///
/// Tasks may run while a trace begins and ends: what had begun before is shown from the beginning of the trace on. Any
/// number may be under way at the same time. Cost: none that can be measured while no trace is under way, else a read
/// of the clock for each event, tens of nanoseconds.
class trace {
 public:
  /// Begins. Throws cannot_write_trace where the file cannot be opened, bad_option, std::bad_alloc.
  trace(runtime& rt, const std::string& path, trace_options o = {});
  /// As stop(), but what goes wrong is told on standard error.
  ~trace();
  trace(const trace&) = delete;
  trace& operator=(const trace&) = delete;

  /// Ends the trace and writes it; on the calling thread, which takes about as many microseconds as there were events.
  /// Throws cannot_write_trace, std::bad_alloc. Afterwards, and where the runtime has ended before, it only returns.
  trace_result stop();

 private:
  std::shared_ptr<detail::trace_session> session_;
};

}  // namespace mn
