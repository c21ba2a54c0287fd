// One trial's memory ledger: the contender's lines in, the two snapshots and bytes per task out.
//
// Invariants: a snapshot is taken between the contender's line and the answer, while the contender waits; `baseline`
// comes first, with 0 tasks; second comes the moment that the workload is about, with n above 0: `parked n`, or
// `spawned n`. After a fault nothing is answered any more: the contender is stuck then, so its keeper must end it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "process_memory.hpp"

namespace threadmark::ledger {

class session {
 public:
  /// Takes a snapshot of the contender; nothing, with the reason in its argument, where it cannot.
  using reader = std::function<std::optional<snapshot>(std::string& error)>;

  explicit session(reader read) : read_(std::move(read)) {}

  /// What the contender wrote. Returns what must be written back: "ok\n" for each line understood, or nothing.
  std::string feed(std::string_view bytes);

  /// Whether both snapshots are there, so that the functions below may be asked.
  bool complete() const { return baseline_ && tasks_there_; }
  /// Why the session cannot go on; empty while all is well.
  const std::string& fault() const { return fault_; }

  // NOLINTBEGIN(bugprone-unchecked-optional-access): value() throws where the caller has not asked complete()
  const snapshot& baseline() const { return baseline_.value(); }
  /// The second one.
  const snapshot& tasks_there() const { return tasks_there_.value(); }
  // NOLINTEND(bugprone-unchecked-optional-access)
  /// What the contender called the moment of the second: "parked" or "spawned".
  const std::string& moment() const { return moment_; }
  std::uint64_t tasks() const { return tasks_; }

  /// Metric name ("bytes_per_task", "bytes_per_task.resident", …) and its value in bytes.
  std::vector<std::pair<std::string, double>> metrics() const;

 private:
  bool understand(std::string_view line);

  reader read_;
  std::string pending_;
  std::string fault_;
  std::optional<snapshot> baseline_;
  std::optional<snapshot> tasks_there_;
  std::string moment_;
  std::uint64_t tasks_ = 0;
};

}  // namespace threadmark::ledger
