// The counters of a trace: tasks alive, ready and parked, and each worker's queue.
//
// Each value is true of some moment since its worker's last sample; sums of them may be off by what happened in
// between, hence never below zero.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "trace/session.hpp"
#include "trace/show/perfetto.hpp"

namespace mn::detail {

class counter_tracks {
 public:
  explicit counter_tracks(perfetto_writer& to) : to_(to) {}

  /// `suffix` tells this runtime from others of the process.
  void describe(track_id process, const std::string& suffix, std::size_t workers) {
    std::int32_t rank = 0;
    for (const char* name : {"tasks alive", "tasks ready", "tasks parked"}) {
      const auto i = static_cast<std::size_t>(rank);
      totals_[i].track = to_.counter(process, i, name + suffix, rank);
      ++rank;
    }
    const track_id queues = to_.track(process, track_key::queues, "queues" + suffix, rank);
    for (std::size_t i = 0; i < workers; ++i) {
      const std::string name = "queue of worker " + std::to_string(i);
      queues_.push_back({to_.counter(queues, totals_.size() + i, name, static_cast<std::int32_t>(i))});
    }
    levels_.resize(workers);
  }

  /// What a worker's sample says.
  void take(std::size_t worker, const trace_levels& l) {
    levels_[worker] = l;
    shared_ = l.shared;
    from_outside_ = l.from_outside;
  }

  /// Writes what has changed; `running`: how many workers run a task.
  void write(std::int64_t now, std::int64_t running) {
    std::uint32_t balance = from_outside_;  // modulo 2^32, which the number of tasks alive is far below
    std::int64_t ready = shared_;
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      balance += static_cast<std::uint32_t>(levels_[i].balance);
      ready += levels_[i].queued;
      write(queues_[i], now, levels_[i].queued);
    }
    const std::int64_t alive = std::max(0, static_cast<std::int32_t>(balance));
    write(totals_[0], now, alive);
    write(totals_[1], now, ready);
    write(totals_[2], now, std::max(std::int64_t{0}, alive - ready - running));
  }

 private:
  struct counter {
    track_id track = 0;
    std::int64_t written = -1;
  };

  void write(counter& c, std::int64_t now, std::int64_t value) {
    if (value == c.written) return;
    c.written = value;
    to_.count(c.track, now, value);
  }

  perfetto_writer& to_;
  std::array<counter, 3> totals_;
  std::vector<counter> queues_;       ///< a worker each
  std::vector<trace_levels> levels_;  ///< a worker each
  std::uint32_t shared_ = 0;
  std::uint32_t from_outside_ = 0;
};

}  // namespace mn::detail
