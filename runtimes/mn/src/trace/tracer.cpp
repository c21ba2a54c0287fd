#include "trace/tracer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "os/os.hpp"
#include "scheduler.hpp"
#include "trace/environment.hpp"
#include "trace/replay.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

std::atomic<unsigned> runtimes{0};

trace_record about(const task& t, trace_kind kind, std::int64_t now) noexcept {
  return {.when_ns = now, .task = t.id, .where = to_word(t.file), .number = t.line, .kind = kind};
}

}  // namespace

tracer::tracer(scheduler& home)
    : home_(home), number_(runtimes.fetch_add(1, std::memory_order_relaxed) + 1) {}  // relaxed: only the number counts

tracer::~tracer() {
  end_all();
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

// Recording

void tracer::put(trace_record r) noexcept {
  worker* w = current_worker();
  if (w && &w->home == &home_) {
    r.when_ns = os::now_ns();
    put(*w, r);
  } else {
    outsiders_.put(r);
  }
}

void tracer::put(worker& w, const trace_record& r) noexcept {
  const auto begun = begun_.load(std::memory_order_relaxed);
  if (w.events.greeted != begun) {
    w.events.greeted = begun;
    greet(w, r.when_ns);
  }
  w.events.put(r);
}

// A trace has begun since this worker last recorded: what it was doing must be said once.
void tracer::greet(worker& w, std::int64_t now) noexcept {
  if (const task* t = w.current) w.events.put(about(*t, trace_kind::was_running, now));
}

void tracer::chose(worker& w, const task* next) noexcept {
  const std::int64_t now = os::now_ns();
  if (const task* t = w.current) {
    const auto state = t->state.load(std::memory_order_relaxed);  // our own store
    const auto how = state == task_state::parked  ? leave_reason::parked
                     : state == task_state::ready ? leave_reason::gave_way
                                                  : leave_reason::ended;
    trace_record r{.when_ns = now, .task = t->id, .number = static_cast<std::uint32_t>(how), .kind = trace_kind::left};
    if (how == leave_reason::parked) {
      r.where = to_word(t->waits_on.load(std::memory_order_relaxed));
      r.detail = t->waits_for.load(std::memory_order_relaxed);
    }
    put(w, r);
    if (const char* name = t->name.load(std::memory_order_relaxed)) put_name(w, name, now);
  }
  if (next) put(w, about(*next, trace_kind::runs, now));
}

void tracer::put_name(worker& w, const char* name, std::int64_t now) noexcept {
  constexpr std::size_t parts_at_most = 4;
  std::size_t left = std::min(std::strlen(name), parts_at_most * trace_record::text_bytes);
  while (left > 0) {
    const std::size_t n = std::min(left, trace_record::text_bytes);
    std::array<std::uint64_t, 2> text{};
    std::memcpy(text.data(), name, n);
    w.events.put({.when_ns = now,
                  .task = text[0],
                  .where = text[1],
                  .number = static_cast<std::uint32_t>(n),
                  .kind = trace_kind::named});
    name += n;
    left -= n;
  }
}

void tracer::spawned(const task& t) noexcept {
  put(about(t, trace_kind::spawned, 0));
}

void tracer::woken(const task& t, bool by_itself) noexcept {
  trace_record r = about(t, by_itself ? trace_kind::woke_itself : trace_kind::woken, 0);
  r.detail = t.waits_for.load(std::memory_order_relaxed);  // ordered as all of the task is: it was handed to us
  put(r);
}

void tracer::note(trace_kind kind, std::uint64_t task, std::uint32_t number) noexcept {
  put({.task = task, .number = number, .kind = kind});
}

void tracer::sample(worker& w) noexcept {
  put(w, home_.levels(w).to_record(os::now_ns()));
}

// Traces

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
  for (const auto& w : home_.workers) w->events.allocate(o.events_per_worker);
  s->from.reserve(home_.workers.size());
  s->levels.reserve(home_.workers.size());
  sessions_.push_back(s);  // the last step that can fail
  s->owner = this;
  s->began_ns = os::now_ns();
  s->outside_from = outsiders_.written();
  for (const auto& w : home_.workers) {
    s->from.push_back(w->events.written());
    s->levels.push_back(home_.levels(*w));
  }
  begun_.fetch_add(1, std::memory_order_relaxed);
  home_.attention.fetch_or(scheduler::attention_trace, std::memory_order_relaxed);
  return s;
}

trace_snapshot tracer::take(const trace_session& s) {
  trace_snapshot all;
  all.began_ns = s.began_ns;
  all.ended_ns = os::now_ns();
  all.runtime_number = number_;
  all.task_tracks = s.options.task_tracks;
  for (std::size_t i = 0; i < home_.workers.size(); ++i) {
    const worker& w = *home_.workers[i];
    trace_lane& lane = all.lanes.emplace_back();
    lane.is_worker = true;
    lane.lost = w.events.copy(s.from[i], lane.records);
    lane.asleep = w.awake.load(std::memory_order_relaxed) == 0;
    // Relaxed: a worker sets it before it records anything, and its records were released to us.
    lane.thread = w.thread_id.load(std::memory_order_relaxed);
    lane.name = "mn worker " + std::to_string(i);
    lane.first = s.levels[i];
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

void tracer::end(trace_session& s) {
  trace_snapshot all;
  file_handle file;
  {
    std::lock_guard hold(sessions_lock_);
    const auto at = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& p) { return p.get() == &s; });
    if (at == sessions_.end()) return;
    const auto keep = *at;
    sessions_.erase(at);
    if (sessions_.empty()) home_.attention.fetch_and(~scheduler::attention_trace, std::memory_order_relaxed);
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

void tracer::begin_from_environment() noexcept {
  try {
    const auto wanted = trace_wanted_by_environment();
    if (wanted) (void)begin(wanted->path, wanted->options);
  } catch (const std::exception& e) {
    complain(std::string(e.what()) + "; MN_TRACE has no effect on this runtime");
  }
}

}  // namespace mn::detail
