#include "trace/replay.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "os/os.hpp"
#include "trace/task_names.hpp"
#include "wait_text.hpp"

namespace mn::detail {
namespace {

using argument = perfetto_writer::argument;
using flow_id = perfetto_writer::flow_id;

// What a worker's (or another thread's) track shows at the moment.
struct lane_view {
  enum class shows : std::uint8_t { nothing, run, state };

  const trace_lane* lane;
  std::size_t next = 0;
  track_id track = 0;
  track_id queue = 0;
  shows open = shows::nothing;
  std::uint64_t running = 0;  ///< the task of an open run
  bool firing = false;        ///< who is woken now is woken by a timer
  trace_levels levels{};      ///< of a worker
};

struct task_view {
  track_id track = 0;  ///< 0: it has none
  bool open = false;
  flow_id arrow = 0;  ///< from what made it ready, until it runs
};

// A counter's track, written to where the value changes.
struct counter_view {
  track_id track = 0;
  std::int64_t shown = -1;
};

class player {
 public:
  player(const trace_snapshot& all, perfetto_writer& to) : all_(all), to_(to), names_(all) {}

  trace_result play() {
    describe();
    begin_lanes();
    set_counters(all_.began_ns);
    merge();
    for (lane_view& v : lanes_) take_levels(v, v.lane->last);
    set_counters(all_.ended_ns);
    return result_;
  }

 private:
  static constexpr std::string_view of_task = "task", of_worker = "worker", of_wait = "wait", of_trace = "trace";
  static constexpr std::uint64_t group_key = 1, counter_key = 16, queue_key = 1 << 13, lane_key = 1 << 14,
                                 task_key = 1 << 16;

  // What is there before the first event

  std::string of_runtime(std::string text) const {
    if (all_.runtime_number > 1) text += " of runtime " + std::to_string(all_.runtime_number);
    return text;
  }

  void describe() {
    result_.lost = all_.outside_lost;
    for (const trace_lane& l : all_.lanes) {
      result_.events += l.records.size();
      result_.lost += l.lost;
    }
    result_.tasks = names_.tasks();

    process_ = to_.process(os::program_name());
    const char* const counters[] = {"tasks alive", "tasks ready", "tasks parked"};
    for (std::size_t i = 0; i < std::size(counters); ++i) {
      counters_[i].track = to_.counter(process_, counter_key + i, of_runtime(counters[i]), static_cast<int>(i));
    }
    const track_id queues = to_.track(process_, group_key, of_runtime("queues"), 3);
    std::string tasks = of_runtime("tasks");
    if (result_.tasks > all_.task_tracks) {
      tasks += " (" + std::to_string(all_.task_tracks) + " of " + std::to_string(result_.tasks) + ")";
    }
    tasks_ = to_.track(process_, group_key + 1, tasks, 4);
    for (const trace_lane& l : all_.lanes) {
      lane_view& v = lanes_.emplace_back(lane_view{.lane = &l});
      const auto index = lanes_.size() - 1;
      v.track = l.thread != 0 ? to_.thread(process_, l.thread, l.name)
                              : to_.track(process_, lane_key + index, l.name, static_cast<std::int32_t>(5 + index));
      if (!l.is_worker) continue;
      v.queue = to_.counter(queues, queue_key + index, "queue of worker " + std::to_string(index),
                            static_cast<std::int32_t>(index));
      queues_.push_back({v.queue});
      take_levels(v, l.first);
    }
    const argument what[] = {{"workers", std::uint64_t{queues_.size()}},
                             {"events", result_.events},
                             {"events lost", result_.lost},
                             {"tasks", result_.tasks},
                             {"tasks with a track", std::min<std::uint64_t>(result_.tasks, all_.task_tracks)}};
    to_.instant(process_, all_.began_ns, of_trace, of_runtime("trace"), what);
    if (all_.outside_lost > 0) {
      const argument lost[] = {{"events lost", all_.outside_lost}};
      to_.instant(process_, all_.began_ns, of_trace, "events of other threads lost", lost);
    }
  }

  void begin_lanes() {
    for (lane_view& v : lanes_) {
      const auto& records = v.lane->records;
      if (v.lane->lost > 0) {
        const argument lost[] = {{"events lost", v.lane->lost}};
        open(v, all_.began_ns, lane_view::shows::state, of_trace, "events lost", lost);
      } else if (records.empty()) {
        if (!v.lane->is_worker || v.lane->thread == 0) continue;
        open(v, all_.began_ns, lane_view::shows::state, of_worker, v.lane->asleep ? "asleep" : "no switch");
      } else if (records.front().kind == trace_kind::was_running) {
        run(v, records.front(), all_.began_ns);
      } else if (records.front().kind == trace_kind::awake) {
        open(v, all_.began_ns, lane_view::shows::state, of_worker, "asleep");
      } else if (records.front().kind == trace_kind::lingered) {
        open(v, all_.began_ns, lane_view::shows::state, of_worker, "lingers");
      }
    }
  }

  // The merge

  std::int64_t moment(const lane_view& v) const {
    // A thread that was slow to see an earlier trace end may have left a record from before this one began.
    return std::max(v.lane->records[v.next].when_ns, all_.began_ns);
  }

  bool is_later(std::size_t a, std::size_t b) const {
    const auto key = [this](std::size_t i) {
      const lane_view& v = lanes_[i];
      const auto kind = v.lane->records[v.next].kind;
      return std::tuple(moment(v), kind == trace_kind::left ? 0 : kind == trace_kind::runs ? 2 : 1, i);
    };
    return key(a) > key(b);
  }

  void merge() {
    const auto later = [this](std::size_t a, std::size_t b) { return is_later(a, b); };
    std::vector<std::size_t> heads;  // a heap of the lanes that have records left; the earliest is on top
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      if (!lanes_[i].lane->records.empty()) heads.push_back(i);
    }
    std::make_heap(heads.begin(), heads.end(), later);
    while (!heads.empty()) {
      std::pop_heap(heads.begin(), heads.end(), later);
      lane_view& v = lanes_[heads.back()];
      const std::int64_t now = moment(v);
      if (v.next == 0 && v.lane->lost > 0) close(v, now);  // "events lost" ends here
      apply(v, v.lane->records[v.next], now);
      if (++v.next < v.lane->records.size()) {
        std::push_heap(heads.begin(), heads.end(), later);
      } else {
        heads.pop_back();
      }
    }
  }

  void apply(lane_view& v, const trace_record& r, std::int64_t now) {
    switch (r.kind) {
      case trace_kind::spawned: return spawn(v, r, now);
      case trace_kind::woken: return wake(v, r, now);
      case trace_kind::woke_itself: return be_ready(r, now);
      case trace_kind::runs: return run(v, r, now);
      case trace_kind::was_running:
        // Shown from the trace's beginning, or from before an earlier trace began.
        if (v.running != r.task) run(v, r, now);
        return;
      case trace_kind::left: return leave(v, r, now);
      case trace_kind::named: return;  // task_names has read it
      case trace_kind::asleep: {
        const argument until[] = {{"until", std::string_view(r.number ? "a deadline or work" : "work")}};
        return open(v, now, lane_view::shows::state, of_worker, "asleep", until);
      }
      case trace_kind::lingers: return open(v, now, lane_view::shows::state, of_worker, "lingers");
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
      case trace_kind::fires: v.firing = true; return;
      case trace_kind::fired: {
        v.firing = false;
        if (r.task == 0) return;  // another thread was at it
        const argument many[] = {{"timers", r.task}};
        return to_.instant(v.track, now, of_worker, "timers fired", many);
      }
      case trace_kind::sample: take_levels(v, trace_levels::of(r)); return set_counters(now);
    }
  }

  // Workers

  void close(lane_view& v, std::int64_t now, perfetto_writer::arguments args = {}) {
    if (v.open == lane_view::shows::nothing) return;
    to_.end(v.track, now, args);
    if (v.open == lane_view::shows::run) --running_;
    v.open = lane_view::shows::nothing;
    v.running = 0;
  }

  void open(lane_view& v, std::int64_t now, lane_view::shows what, std::string_view category, std::string_view name,
            perfetto_writer::arguments args = {}, flow_id arrow = 0) {
    close(v, now);
    to_.begin(v.track, now, category, name, args, arrow);
    v.open = what;
    if (what == lane_view::shows::run) ++running_;
  }

  void run(lane_view& v, const trace_record& r, std::int64_t now) {
    task_view& t = view(r.task);
    const auto& called = names_.of(r.task);
    const argument args[] = {{"task", r.task}, {"spawned at", std::string_view(called.place)}};
    open(v, now, lane_view::shows::run, of_task, called.name, args, std::exchange(t.arrow, 0));
    v.running = r.task;
    const argument where[] = {{"on", std::string_view(v.lane->name)}};
    show(t, now, "running", where);
  }

  void leave(lane_view& v, const trace_record& r, std::int64_t now) {
    task_view& t = view(r.task);
    const argument on{"waits on", perfetto_writer::address{r.where}};
    const std::size_t known = r.where != 0 ? 1 : 0;
    std::string_view why = "gave way";
    switch (static_cast<leave_reason>(r.number)) {
      case leave_reason::parked:
        why = parked_for(r.detail);
        show(t, now, why, {&on, known});
        break;
      case leave_reason::gave_way: show(t, now, "ready"); break;
      case leave_reason::ended:
        why = "ended";
        hide(t, now);
        break;
    }
    // Where its beginning is lost, the end of the slice that says so is this one.
    const argument args[] = {{"ends", why}, on};
    close(v, now, v.running == r.task ? perfetto_writer::arguments{args, 1 + known} : perfetto_writer::arguments{});
  }

  // Tasks

  std::string_view parked_for(wait_reason why) {
    std::string& text = parked_texts_[why];
    if (text.empty()) text = std::string("parked: ") + to_text(why);
    return text;
  }

  task_view& view(std::uint64_t id) {
    const auto [at, fresh] = tasks_seen_.try_emplace(id);
    if (fresh && tasks_seen_.size() <= all_.task_tracks) {
      const auto rank = static_cast<std::int32_t>(tasks_seen_.size());
      at->second.track = to_.track(tasks_, task_key + id, std::to_string(id) + " " + names_.of(id).name, rank);
    }
    return at->second;
  }

  void hide(task_view& t, std::int64_t now) {
    if (t.open) to_.end(t.track, now);
    t.open = false;
  }

  void show(task_view& t, std::int64_t now, std::string_view what, perfetto_writer::arguments args = {}) {
    if (t.track == 0) return;
    hide(t, now);
    to_.begin(t.track, now, of_wait, what, args);
    t.open = true;
  }

  void be_ready(const trace_record& r, std::int64_t now) { show(view(r.task), now, "ready"); }

  void spawn(lane_view& v, const trace_record& r, std::int64_t now) {
    const auto& called = names_.of(r.task);
    const argument args[] = {{"task", r.task}, {"which", std::string_view(called.name)}};
    const flow_id arrow = view(r.task).arrow = to_.new_flow();
    to_.instant(v.track, now, of_task, "spawns", args, arrow);
    be_ready(r, now);
  }

  void wake(lane_view& v, const trace_record& r, std::int64_t now) {
    const auto& called = names_.of(r.task);
    const argument args[] = {{"task", r.task}, {"which", std::string_view(called.name)}, {"was", parked_for(r.detail)}};
    const flow_id arrow = view(r.task).arrow = to_.new_flow();
    to_.instant(v.track, now, of_task, v.firing ? "timer wakes" : "wakes", args, arrow);
    be_ready(r, now);
  }

  // Counters

  void take_levels(lane_view& v, const trace_levels& l) {
    if (!v.lane->is_worker) return;
    v.levels = l;
    shared_ = l.shared;
    from_outside_ = l.from_outside;
  }

  void set(counter_view& c, std::int64_t now, std::int64_t value) {
    if (value == c.shown) return;
    c.shown = value;
    to_.count(c.track, now, value);
  }

  // Each value is true of some moment since the last sample of its worker; sums of them may be off by what happened in
  // between, hence never below zero.
  void set_counters(std::int64_t now) {
    std::uint32_t started = from_outside_;  // modulo 2^32, which their difference is far below
    std::int64_t ready = shared_;
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      const trace_levels& l = lanes_[i].levels;
      started += static_cast<std::uint32_t>(l.balance);
      ready += l.queued;
      set(queues_[i], now, l.queued);
    }
    const std::int64_t alive = std::max(0, static_cast<std::int32_t>(started));
    set(counters_[0], now, alive);
    set(counters_[1], now, ready);
    set(counters_[2], now, std::max(std::int64_t{0}, alive - ready - running_));
  }

  const trace_snapshot& all_;
  perfetto_writer& to_;
  const task_names names_;
  trace_result result_;
  track_id process_ = 0, tasks_ = 0;
  std::vector<lane_view> lanes_;
  std::unordered_map<std::uint64_t, task_view> tasks_seen_;
  std::map<wait_reason, std::string> parked_texts_;
  std::array<counter_view, 3> counters_;
  std::vector<counter_view> queues_;
  std::int64_t running_ = 0;
  std::uint32_t shared_ = 0;
  std::uint32_t from_outside_ = 0;
};

}  // namespace

trace_result replay(const trace_snapshot& all, perfetto_writer& to) {
  return player(all, to).play();
}

}  // namespace mn::detail
