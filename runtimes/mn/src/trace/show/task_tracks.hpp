// A trace's tracks of tasks: what the first so many of them do, whoever runs them; and the arrow that is on its way to
// each task.
//
// Invariant: a task's track has at most one slice open; show() ends the one before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "trace/show/perfetto.hpp"
#include "trace/show/task_names.hpp"

namespace mn::detail {

class task_tracks {
 public:
  task_tracks(perfetto_writer& to, const task_names& names, std::size_t at_most)
      : to_(to), names_(names), at_most_(at_most) {}

  void describe(track_id process, const std::string& suffix, std::int32_t rank) {
    std::string name = "tasks" + suffix;
    if (names_.tasks() > at_most_) {
      name += " (" + std::to_string(at_most_) + " of " + std::to_string(names_.tasks()) + ")";
    }
    group_ = to_.track(process, track_key::tasks, name, rank);
  }

  void show(std::uint64_t task, std::int64_t now, std::string_view what, perfetto_writer::arguments args = {}) {
    entry& t = of(task);
    if (t.track == 0) return;
    end(t, now);
    to_.begin(t.track, now, "wait", what, args);
    t.open = true;
  }
  void hide(std::uint64_t task, std::int64_t now) { end(of(task), now); }

  /// A new arrow, which ends at the task's next run.
  perfetto_writer::flow_id send_arrow(std::uint64_t task) { return of(task).arrow = to_.new_flow(); }
  /// The arrow that ends here; 0: none.
  perfetto_writer::flow_id take_arrow(std::uint64_t task) { return std::exchange(of(task).arrow, 0); }

 private:
  struct entry {
    track_id track = 0;  ///< 0: it has none
    bool open = false;
    perfetto_writer::flow_id arrow = 0;
  };

  entry& of(std::uint64_t task) {
    const auto [at, fresh] = entries_.try_emplace(task);
    if (fresh && entries_.size() <= at_most_) {
      const auto rank = static_cast<std::int32_t>(entries_.size());
      at->second.track =
          to_.track(group_, track_key::first_task + task, std::to_string(task) + " " + names_.of(task).name, rank);
    }
    return at->second;
  }

  void end(entry& t, std::int64_t now) {
    if (t.open) to_.end(t.track, now);
    t.open = false;
  }

  perfetto_writer& to_;
  const task_names& names_;
  const std::size_t at_most_;
  track_id group_ = 0;
  std::unordered_map<std::uint64_t, entry> entries_;
};

}  // namespace mn::detail
