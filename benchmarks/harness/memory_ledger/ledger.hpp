// One trial's memory ledger: the contender's lines in, the snapshots and bytes per task out.
//
// Invariants: a snapshot is taken between the contender's line and the answer, while the contender waits; `baseline`
// comes first, with 0 tasks; then come the moments that the workload is about, each once and all with the same n above
// 0. The first of them is the workload's own, to which the parts belong; what is said of single tasks (task_parts.hpp)
// comes before the snapshot that it is about, or, of a control block, at any time. After a fault nothing is answered
// any more: the contender is stuck then, so its keeper must end it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "process_memory.hpp"
#include "task_parts.hpp"

namespace threadmark::ledger {

class session {
 public:
  /// Takes a snapshot of the contender; nothing, with the reason in its argument, where it cannot.
  using reader = std::function<std::optional<snapshot>(std::string& error)>;

  /// `touched` reads how much of a stack was touched; without it tasks are not taken apart.
  explicit session(
      reader read, task_parts::reader touched = [](const stack_place&) { return std::nullopt; })
      : read_(std::move(read)), of_a_task_(std::move(touched)) {}

  /// What the contender wrote. Returns what must be written back: "ok\n" for each line understood, or nothing.
  std::string feed(std::string_view bytes);

  /// The baseline first, then the moments as they came.
  struct moment {
    std::string name;
    snapshot taken;
  };
  const std::vector<moment>& moments() const { return moments_; }
  /// Whether there is a moment besides the baseline, so that there are metrics.
  bool complete() const { return moments_.size() > 1; }
  /// Why the session cannot go on; empty while all is well.
  const std::string& fault() const { return fault_; }
  std::uint64_t tasks() const { return tasks_; }
  const task_parts& of_a_task() const { return of_a_task_; }

  /// Metric name ("bytes_per_task", "bytes_per_task.resident", …, "deep_bytes_per_task", "os_threads") and its value;
  /// none before the session is complete.
  std::vector<std::pair<std::string, double>> metrics() const;

 private:
  bool is_due(std::string_view name, std::uint64_t count) const;
  bool understand(std::string_view line);
  bool take_snapshot(std::string_view name, std::uint64_t count);

  reader read_;
  task_parts of_a_task_;
  std::string pending_;
  std::string fault_;
  std::vector<moment> moments_;
  std::uint64_t tasks_ = 0;
};

}  // namespace threadmark::ledger
