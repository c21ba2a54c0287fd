// A runtime's tracing: records events while a trace is under way, and begins and ends traces.
//
// A trace is a window on the rings: it begins at each ring's present end and is written out when it ends. So several
// may be under way at once (MN_TRACE and the program's own), and none needs the workers to stop.
//
// When no trace is under way the bit attention_trace is off, and nothing here is called. The bit is tested
// relaxed: threads see it change at different moments, so a trace may begin with the end of something and may lack the
// first or last event of one thread while it has another's; replay.hpp says what it makes of that.
//
// Invariants
//   * Rings are allocated before the bit is first set, and stay until the runtime ends.
//   * A worker's events go into its own ring, in the order in which they happened; all others' into `outsiders_`.
//   * An event that lets a task go on elsewhere (spawned, woken, left) is recorded before that can happen, so its
//     moment is no later than what follows from it on another thread.
//   * The bit is set if and only if `sessions_` is not empty; both change under `sessions_lock_`.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mn/trace.hpp"
#include "trace/outsiders.hpp"
#include "trace/record.hpp"
#include "trace/session.hpp"

namespace mn::detail {

class scheduler;
class worker;

class tracer {
 public:
  explicit tracer(scheduler& home);
  /// A worker that has come into the list while a trace may be under way; its thread does not run yet. Throws
  /// std::bad_alloc.
  void admit(worker& w);
  /// As end_all(). The workers' threads have ended; the workers themselves must still be there.
  ~tracer();
  tracer(const tracer&) = delete;
  tracer& operator=(const tracer&) = delete;

  // Recording. On the thread that it happens on; only where scheduler::traced().

  /// `w` has left its current task, if any, and has chosen `next`, which may be null.
  void chose(worker& w, const task* next) noexcept;
  /// The task that runs on `w` has set its name.
  void named(worker& w) noexcept;
  void spawned(const task& t) noexcept;
  /// `by_itself`: whoever made it ready had done so before it was parked.
  void woken(const task& t, bool by_itself) noexcept;
  /// What the kind says of `task` and `number`.
  void note(trace_kind kind, std::uint64_t task = 0, std::uint32_t number = 0) noexcept;
  void note_sleep(sleep_reason why) noexcept { note(trace_kind::asleep, 0, static_cast<std::uint32_t>(why)); }
  /// What the counters are at this moment.
  void sample(worker& w) noexcept;

  // Traces. From any thread.

  /// Throws cannot_write_trace, bad_option, std::bad_alloc.
  std::shared_ptr<trace_session> begin(const std::string& path, const trace_options& o);
  /// Writes it out. Throws cannot_write_trace, std::bad_alloc; the session has ended all the same.
  void end(trace_session& s);
  /// Ends all that are under way; what goes wrong is told on standard error.
  void end_all() noexcept;
  /// Begins the trace that MN_TRACE asks for, if it does. What goes wrong is told on standard error.
  void begin_from_environment() noexcept;

 private:
  void put(trace_record r) noexcept;
  void put(worker& w, const trace_record& r) noexcept;
  void greet(worker& w, std::int64_t now) noexcept;
  void put_name(worker& w, const char* name, std::int64_t now) noexcept;
  void await_last_records() const noexcept;
  trace_snapshot take(const trace_session& s);

  scheduler& home_;
  const unsigned number_;                ///< of this runtime in the process, from 1
  std::atomic<std::uint32_t> begun_{0};  ///< how many traces; relaxed: a worker that sees it late greets late
  trace_outsiders outsiders_;
  std::mutex sessions_lock_;
  std::vector<std::shared_ptr<trace_session>> sessions_;
};

}  // namespace mn::detail
