// How a trace calls its tasks: by the name that a task had last, else by the place where it was spawned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "trace/session.hpp"

namespace mn::detail {

class task_names {
 public:
  struct entry {
    std::string name;   ///< "server", else "main.cpp:12", else "task 34"
    std::string place;  ///< "src/main.cpp:12"; "unknown" where every record that says it is lost
    bool named = false;
  };

  /// Looks through all records. Throws std::bad_alloc.
  explicit task_names(const trace_snapshot& all);

  /// How many tasks there are.
  [[nodiscard]] std::size_t tasks() const noexcept { return entries_.size(); }
  /// Of a task in one of the records.
  [[nodiscard]] const entry& of(std::uint64_t task) const { return entries_.at(task); }

 private:
  void read(const trace_lane& lane);

  std::unordered_map<std::uint64_t, entry> entries_;
};

}  // namespace mn::detail
