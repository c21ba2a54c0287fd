// A task's own part of the memory, taken apart: its stack, its control block, and the rest, which is the heap.
//
// What the contender says of some of its tasks (at most 64, in equal distances, since all are alike): where each one's
// stack is, and what a control block takes. Which pages of those stacks were touched is read from outside, from
// /proc/PID/pagemap. A runtime whose stacks move or share pages (Go) says instead what all of them take together.
//
//   stack          touched pages of a stack, less the control block where that lies in them. Error: whole pages, so a
//                  stack that shares its last page with something else has that too; and what 64 of n tasks can tell.
//   control_block  what the model keeps of a task in one piece, by its own word (sizeof).
//   heap           resident less the two: channels' queues, closures, the allocator's rounding, and whatever else.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace threadmark::ledger {

struct stack_place {
  std::uint64_t lowest = 0;
  std::uint64_t bytes = 0;  ///< 0: the whole mapping that `lowest` lies in
  bool operator==(const stack_place&) const = default;
};

/// Bytes of the stack's pages that are in memory or swapped out; nothing where that cannot be read.
std::optional<std::int64_t> touched_bytes(pid_t process, const stack_place& stack,
                                          const std::filesystem::path& proc = "/proc");

/// What is said and read of single tasks between the baseline and the workload's own moment.
class task_parts {
 public:
  using reader = std::function<std::optional<std::int64_t>(const stack_place&)>;
  static constexpr std::size_t stacks_at_most = 64;

  explicit task_parts(reader touched) : touched_(std::move(touched)) {}

  /// Takes "stack LOWEST BYTES", "stacks BYTES" or "control_block BYTES stack|heap". False: it is none of these, or one
  /// too many.
  bool understand(std::string_view line);
  /// At the baseline and at the own moment, in this order: what was said before them becomes part of them.
  void snapshot();

  /// By name, in bytes a task; empty where nothing was said of stacks. `resident` is what n tasks added, a task.
  std::vector<std::pair<std::string, double>> metrics(double resident, std::uint64_t n) const;
  /// How `stack` was found, and from how many stacks; empty where it was not.
  std::string source() const;

 private:
  std::optional<double> stack_bytes(std::uint64_t n) const;

  reader touched_;
  std::vector<stack_place> stacks_;
  std::vector<std::int64_t> seen_;                ///< touched bytes of each, at the own moment
  std::optional<std::int64_t> said_;              ///< since the last snapshot
  std::vector<std::optional<std::int64_t>> all_;  ///< what all stacks take, at the snapshots
  std::int64_t control_block_ = 0;
  bool control_block_on_stack_ = false;
};

}  // namespace threadmark::ledger
