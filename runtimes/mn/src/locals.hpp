// Where a task (or a plain thread) keeps its values: a list in the order of their making, and a table by number.
//
// Invariants
//   * `task::locals` is null, or a task_locals that only this task touches, made at its first use. It is null where the
//     task has no name either (task_name.hpp), so that one test at a task's end is enough for both.
//   * Each value is in the list and in the table, or in neither. While its destructor runs it is in neither, so a use
//     from inside makes a new one.
//   * The table is open-addressed, a power of two long and at most half full; numbers are handed out in order, so
//     they are their own hash.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "mn/detail/local_value.hpp"
#include "mn/detail/task.hpp"

namespace mn::detail {

class task_locals {
 public:
  task_locals() = default;
  ~task_locals() { destroy_all(); }
  task_locals(const task_locals&) = delete;
  task_locals& operator=(const task_locals&) = delete;

  [[nodiscard]] local_value* find(std::uint64_t id) const noexcept;
  void keep(local_value& v);
  /// Takes the value out, for the caller to destroy; null where there is none.
  local_value* take(std::uint64_t id) noexcept;
  /// The newest first, until there is none, those included that destructors make. Destructors that make each other's
  /// values for ever end the program.
  void destroy_all() noexcept;

 private:
  local_value* take_newest() noexcept;
  void unlink(local_value& v) noexcept;
  void enter(local_value& v) noexcept;

  static constexpr std::size_t small = 8;
  std::array<local_value*, small> small_table_{};
  std::unique_ptr<local_value*[]> large_table_;
  local_value** table_ = small_table_.data();
  std::size_t mask_ = small - 1;
  std::size_t count_ = 0;
  local_value* newest_ = nullptr;
};

/// The task that the caller is; null in a plain thread.
[[nodiscard]] task* current_task() noexcept;

/// Gives the task, which is the running one, its task_locals. Throws std::bad_alloc.
void need_locals(task& t);

/// Destroys what the task, which is the running one, keeps for itself, its name included. What is made later is kept
/// anew.
void destroy_locals(task& t) noexcept;

/// At the end of each task.
inline void end_locals(task& t) noexcept {
  if (t.locals) [[unlikely]]
    destroy_locals(t);
}

}  // namespace mn::detail
