#include "trace/show/replay.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "os/os.hpp"
#include "trace/show/counter_tracks.hpp"
#include "trace/show/merge.hpp"
#include "trace/show/task_names.hpp"
#include "trace/show/task_tracks.hpp"
#include "wait_text.hpp"

namespace mn::detail {
namespace {

using argument = perfetto_writer::argument;
using arguments = perfetto_writer::arguments;

constexpr std::string_view of_task = "task", of_worker = "worker", of_trace = "trace";

class player {
 public:
  player(const trace_snapshot& all, perfetto_writer& to)
      : all_(all), to_(to), names_(all), tasks_(to, names_, all.task_tracks), counters_(to) {}

  trace_result play() {
    count();
    describe();
    begin();
    merge(all_, [this](std::size_t lane, const trace_record& r, std::int64_t now) {
      view& v = views_[lane];
      if (v.lane->lost > 0 && &r == v.lane->records.data()) close(v, now);  // "events lost" ends here
      apply(v, r, now);
    });
    take_levels(&trace_lane::last);
    counters_.write(all_.ended_ns, running_);
    return result_;
  }

 private:
  // What a thread's track shows at the moment.
  struct view {
    const trace_lane* lane = nullptr;
    track_id track = 0;
    std::size_t index = 0;
    bool open = false;
    std::uint64_t running = 0;  ///< the task, where a run is open
    bool firing = false;        ///< who is woken now is woken by a timer
  };

  // Before the first event

  void count() {
    result_.lost = all_.outside_lost;
    result_.tasks = names_.tasks();
    for (const trace_lane& l : all_.lanes) {
      result_.events += l.records.size();
      result_.lost += l.lost;
      workers_ += l.is_worker;
    }
  }

  void describe() {
    const std::string suffix = all_.runtime_number > 1 ? " of runtime " + std::to_string(all_.runtime_number) : "";
    const track_id process = to_.process(os::program_name());
    counters_.describe(process, suffix, workers_);
    tasks_.describe(process, suffix, 4);
    for (std::size_t i = 0; i < all_.lanes.size(); ++i) {
      const trace_lane& l = all_.lanes[i];
      const track_id track =
          l.thread != 0 ? to_.thread(process, l.thread, l.name)
                        : to_.track(process, track_key::first_worker + i, l.name, static_cast<std::int32_t>(5 + i));
      views_.push_back({.lane = &l, .track = track, .index = i});
    }
    const argument what[] = {{"workers", std::uint64_t{workers_}},
                             {"events", result_.events},
                             {"events lost", result_.lost},
                             {"tasks", result_.tasks},
                             {"tasks with a track", std::min<std::uint64_t>(result_.tasks, all_.task_tracks)}};
    to_.instant(process, all_.began_ns, of_trace, "trace" + suffix, what);
    if (all_.outside_lost == 0) return;
    const argument lost[] = {{"events lost", all_.outside_lost}};
    to_.instant(process, all_.began_ns, of_trace, "events of other threads lost", lost);
  }

  void begin() {
    const std::int64_t now = all_.began_ns;
    for (view& v : views_) {
      const auto& records = v.lane->records;
      if (v.lane->lost > 0) {
        const argument lost[] = {{"events lost", v.lane->lost}};
        open(v, now, of_trace, "events lost", lost);
      } else if (records.empty()) {
        if (v.lane->thread != 0)
          open(v, now, of_worker, v.lane->retired ? "retired" : v.lane->asleep ? "asleep" : "no switch");
      } else if (records.front().kind == trace_kind::was_running) {
        run(v, records.front(), now);
      } else if (records.front().kind == trace_kind::awake) {
        open(v, now, of_worker, "asleep");
      } else if (records.front().kind == trace_kind::lingered) {
        open(v, now, of_worker, "lingers");
      }
    }
    take_levels(&trace_lane::first);
    counters_.write(now, running_);
  }

  void take_levels(trace_levels trace_lane::*which) {
    for (std::size_t i = 0; i < workers_; ++i) counters_.take(i, all_.lanes[i].*which);
  }

  // Event by event

  void apply(view& v, const trace_record& r, std::int64_t now) {
    switch (r.kind) {
      case trace_kind::spawned: return spawn(v, r, now);
      case trace_kind::woken: return wake(v, r, now);
      case trace_kind::woke_itself: return tasks_.show(r.task, now, "ready");
      case trace_kind::runs: return run(v, r, now);
      case trace_kind::was_running:
        // Shown from the trace's beginning; or since its run began, where it was noted for a trace that began later.
        if (v.running != r.task) run(v, r, now);
        return;
      case trace_kind::left: return leave(v, r, now);
      case trace_kind::takes_name:
      case trace_kind::named: return;  // task_names has read it
      case trace_kind::asleep: {
        const auto why = static_cast<sleep_reason>(r.number);
        if (why == sleep_reason::retired) return open(v, now, of_worker, "retired");
        const bool timed = why == sleep_reason::until_deadline;
        const argument until[] = {{"until", std::string_view(timed ? "a deadline or work" : "work")}};
        return open(v, now, of_worker, "asleep", until);
      }
      case trace_kind::lingers: return open(v, now, of_worker, "lingers");
      case trace_kind::awake:
      case trace_kind::lingered: return close(v, now);
      case trace_kind::stole: {
        const argument what[] = {{"tasks", r.task}, {"from worker", std::uint64_t{r.number}}};
        return to_.instant(v.track, now, of_worker, "steals", what);
      }
      case trace_kind::opened: {
        const argument which[] = {{"worker", std::uint64_t{r.number}}};
        return to_.instant(v.track, now, of_worker, "opens a queue", which);
      }
      case trace_kind::sent: {
        const argument which[] = {{"worker", std::uint64_t{r.number}}};
        return to_.instant(v.track, now, of_worker, "sends a spare", which);
      }
      case trace_kind::blocks: return to_.instant(v.track, now, of_task, "blocks its thread");
      case trace_kind::unblocks: return to_.instant(v.track, now, of_task, "has its thread back");
      case trace_kind::fires: v.firing = true; return;
      case trace_kind::fired: return fire(v, r, now);
      case trace_kind::sample: counters_.take(v.index, trace_levels::of(r)); return counters_.write(now, running_);
    }
  }

  void close(view& v, std::int64_t now, arguments args = {}) {
    if (!v.open) return;
    to_.end(v.track, now, args);
    if (v.running != 0) --running_;
    v.open = false;
    v.running = 0;
  }

  void open(view& v, std::int64_t now, std::string_view category, std::string_view name, arguments args = {},
            perfetto_writer::flow_id arrow = 0) {
    close(v, now);
    to_.begin(v.track, now, category, name, args, arrow);
    v.open = true;
  }

  void run(view& v, const trace_record& r, std::int64_t now) {
    const auto& called = names_.of(r.task);
    const argument args[] = {{"task", r.task}, {"spawned at", std::string_view(called.place)}};
    open(v, now, of_task, called.name, args, tasks_.take_arrow(r.task));
    v.running = r.task;
    ++running_;
    const argument where[] = {{"on", std::string_view(v.lane->name)}};
    tasks_.show(r.task, now, "running", where);
  }

  void leave(view& v, const trace_record& r, std::int64_t now) {
    const argument on{"waits on", perfetto_writer::address{r.where}};
    const std::size_t known = r.where != 0 ? 1 : 0;
    std::string_view why = "gave way";
    switch (static_cast<leave_reason>(r.number)) {
      case leave_reason::parked:
        why = parked_for(r.detail);
        tasks_.show(r.task, now, why, {&on, known});
        break;
      case leave_reason::gave_way: tasks_.show(r.task, now, "ready"); break;
      case leave_reason::ended:
        why = "ended";
        tasks_.hide(r.task, now);
        break;
    }
    const argument args[] = {{"ends", why}, on};
    if (v.running == r.task) close(v, now, {args, 1 + known});  // else its beginning is lost
  }

  void spawn(view& v, const trace_record& r, std::int64_t now) {
    const argument args[] = {{"task", r.task}, {"which", std::string_view(names_.of(r.task).name)}};
    to_.instant(v.track, now, of_task, "spawns", args, tasks_.send_arrow(r.task));
    tasks_.show(r.task, now, "ready");
  }

  void wake(view& v, const trace_record& r, std::int64_t now) {
    const argument args[] = {
        {"task", r.task}, {"which", std::string_view(names_.of(r.task).name)}, {"was", parked_for(r.detail)}};
    to_.instant(v.track, now, of_task, v.firing ? "timer wakes" : "wakes", args, tasks_.send_arrow(r.task));
    tasks_.show(r.task, now, "ready");
  }

  void fire(view& v, const trace_record& r, std::int64_t now) {
    v.firing = false;
    if (r.task == 0) return;  // another thread was at it
    const argument many[] = {{"timers", r.task}};
    to_.instant(v.track, now, of_worker, "timers fired", many);
  }

  std::string_view parked_for(wait_reason why) {
    std::string& text = parked_texts_[why];
    if (text.empty()) text = std::string("parked: ") + to_text(why);
    return text;
  }

  const trace_snapshot& all_;
  perfetto_writer& to_;
  const task_names names_;
  task_tracks tasks_;
  counter_tracks counters_;
  trace_result result_;
  std::size_t workers_ = 0;
  std::int64_t running_ = 0;  ///< how many workers run a task
  std::vector<view> views_;   ///< a lane each
  std::map<wait_reason, std::string> parked_texts_;
};

}  // namespace

trace_result replay(const trace_snapshot& all, perfetto_writer& to) {
  return player(all, to).play();
}

}  // namespace mn::detail
