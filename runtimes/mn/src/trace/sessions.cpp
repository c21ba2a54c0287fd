// How traces begin and end; the invariants are in tracer.hpp.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "os/os.hpp"
#include "os/process.hpp"
#include "scheduler.hpp"
#include "trace/environment.hpp"
#include "trace/show/replay.hpp"
#include "trace/tracer.hpp"
#include "worker.hpp"

namespace mn::detail {

std::shared_ptr<trace_session> tracer::begin(const std::string& path, const trace_options& o) {
  constexpr std::size_t least = 16, most = std::size_t{1} << 30;
  if (o.events_per_worker < least || o.events_per_worker > most) {
    throw bad_option("mn: a trace of " + std::to_string(o.events_per_worker) +
                     " events for each worker; from 16 to 2^30 are possible");
  }
  auto s = std::make_shared<trace_session>();
  s->path = path;
  s->options = o;
  s->file.reset(std::fopen(path.c_str(), "wbe"));
  const int error = errno;
  if (!s->file) throw cannot_write_trace("mn: cannot write the trace " + path + ": " + std::strerror(error));

  std::lock_guard hold(sessions_lock_);
  outsiders_.allocate(o.events_per_worker);
  // A spare that comes meanwhile is let in by admit(), which waits for our lock.
  const std::size_t workers = home_.workers.size();
  for (std::size_t i = 0; i < workers; ++i) home_.workers[i].events.allocate(o.events_per_worker);
  s->from.reserve(workers);
  s->levels.reserve(workers);
  sessions_.push_back(s);  // the last step that can fail
  s->owner = this;
  s->began_ns = os::now_ns();
  s->outside_from = outsiders_.written();
  for (std::size_t i = 0; i < workers; ++i) {
    s->from.push_back(home_.workers[i].events.written());
    s->levels.push_back(home_.levels(home_.workers[i]));
  }
  begun_.fetch_add(1, std::memory_order_relaxed);
  home_.attention.fetch_or(attention_trace, std::memory_order_relaxed);
  return s;
}

void tracer::admit(worker& w) {
  std::lock_guard hold(sessions_lock_);
  if (!sessions_.empty()) w.events.allocate(sessions_.front()->options.events_per_worker);
}

trace_snapshot tracer::take(const trace_session& s) {
  trace_snapshot all;
  all.began_ns = s.began_ns;
  all.ended_ns = os::now_ns();
  all.runtime_number = number_;
  all.task_tracks = s.options.task_tracks;
  for (std::size_t i = 0; i < home_.workers.size(); ++i) {
    const worker& w = home_.workers[i];
    trace_lane& lane = all.lanes.emplace_back();
    lane.is_worker = true;
    const bool was_there = i < s.from.size();  // a spare worker may have come later
    lane.lost = w.events.copy(was_there ? s.from[i] : 0, lane.records);
    lane.asleep = w.awake.load(std::memory_order_relaxed) == 0;
    lane.retired = w.duty_now.load(std::memory_order_relaxed) == duty::retired;
    // Relaxed: a worker sets it before it records anything, and its records were released to us.
    lane.thread = w.thread_id.load(std::memory_order_relaxed);
    lane.name = "mn worker " + std::to_string(i);
    if (was_there) lane.first = s.levels[i];
    lane.last = home_.levels(w);
  }
  std::vector<outside_record> others;
  all.outside_lost = outsiders_.copy(s.outside_from, others);
  for (const outside_record& r : others) {
    const auto first = all.lanes.begin() + static_cast<std::ptrdiff_t>(home_.workers.size());
    auto lane = std::find_if(first, all.lanes.end(), [&](const trace_lane& l) { return l.thread == r.thread; });
    if (lane == all.lanes.end()) {
      lane = all.lanes.emplace(all.lanes.end());
      lane->thread = r.thread;
      lane->name = r.thread_name.data();
    }
    lane->records.push_back(r.event);
  }
  // The rings were copied one after the other; where another trace goes on they end at different moments.
  for (trace_lane& lane : all.lanes) {
    while (!lane.records.empty() && lane.records.back().when_ns > all.ended_ns) lane.records.pop_back();
  }
  return all;
}

// A task is counted as ended before its worker notes down that it left: who has waited for all of them waits for that.
void tracer::await_last_records() const noexcept {
  const unseen hidden;
  constexpr std::int64_t patience_ns = 1'000'000'000, looks_every_ns = 50'000;
  const std::atomic<std::uint32_t> never_changes{0};
  const std::int64_t until = os::now_ns() + patience_ns;
  for (const auto& w : home_.workers) {
    while (w->current && home_.all_tasks_ended() && os::now_ns() < until) {
      os::futex_wait(never_changes, 0, looks_every_ns);
    }
  }
  os::barrier_in_all_threads();  // `current` is stored after the record, but relaxed
}

void tracer::end(trace_session& s) {
  await_last_records();
  trace_snapshot all;
  file_handle file;
  {
    std::lock_guard hold(sessions_lock_);
    const auto at = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& p) { return p.get() == &s; });
    if (at == sessions_.end()) return;
    const auto keep = *at;
    sessions_.erase(at);
    if (sessions_.empty()) home_.attention.fetch_and(~attention_trace, std::memory_order_relaxed);
    s.owner = nullptr;
    file = std::move(s.file);
    all = take(s);
  }
  perfetto_writer to(file.get(), os::process_id(), number_);
  s.result = replay(all, to);
  int error = to.flush();
  if (std::fclose(file.release()) != 0 && error == 0) error = errno;
  if (error != 0) throw cannot_write_trace("mn: the trace " + s.path + " is incomplete: " + std::strerror(error));
}

void tracer::end_all() noexcept {
  for (;;) {
    std::shared_ptr<trace_session> s;
    {
      std::lock_guard hold(sessions_lock_);
      if (sessions_.empty()) return;
      s = sessions_.back();
    }
    try {
      end(*s);
    } catch (const std::exception& e) {
      complain(e.what());
    }
  }
}

void tracer::begin_from_environment() noexcept {
  try {
    const auto wanted = trace_wanted_by_environment();
    if (wanted) (void)begin(wanted->path, wanted->options);
  } catch (const std::exception& e) {
    complain(std::string(e.what()) + "; MN_TRACE has no effect on this runtime");
  }
}

}  // namespace mn::detail
