// What a runtime's tasks are doing, in words: `task 17 "fetcher" [channel receive at 0x55d0, 2.1 s] spawned at
// main.cpp:42`.
//
// A report is taken first and printed afterwards. Taking it reads other threads' tasks while they run (how, and what
// can be relied on, stands in task_pool.hpp); under a halt (halt.hpp) it is exact, and backtraces can be taken with it.
// It allocates nothing and takes no lock but that of names (task_name.hpp), so it can be taken whatever the program is
// stuck in.
//
// Up to `listed_at_most` tasks are listed one by one, by number. Where there are more, those that are alike (spawned at
// the same place, in the same state, waiting for the same kind of thing) are counted, and the first few of each group
// are shown: nobody reads a hundred thousand lines.
// A report is large, so there is one for the process, under a lock: the_report().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "backtrace.hpp"
#include "mn/detail/task.hpp"
#include "text_out.hpp"

namespace mn::detail {

class halt;
class scheduler;
class worker;

/// One task as it was.
struct task_view {
  const task* of = nullptr;
  std::uint64_t id = 0;
  const char* file = nullptr;
  std::uint32_t line = 0;
  task_state state = task_state::recycled;
  wait_reason why = wait_reason::nothing;
  const void* on = nullptr;
  std::uint32_t waited_ms = 0;
  const worker* runs_on = nullptr;
  std::array<char, 64> name{};
};

/// False where the block has no task, or gets another one right now.
bool look_at(const task& t, std::uint32_t now_ms, task_view& out) noexcept;
/// "350 ms", "2.1 s", "12 min"
void print_duration(std::uint32_t ms, text_out& out) noexcept;
/// One line without its end.
void print(const task_view& v, text_out& out) noexcept;

class report {
 public:
  static constexpr std::size_t listed_at_most = 100;
  static constexpr std::size_t groups_at_most = 128;
  static constexpr std::size_t shown_of_a_group = 3;

  /// Looks at every task of the runtime. With a halt, also at their calls.
  void take(const scheduler& s, const halt* standing) noexcept;

  /// How many tasks there were.
  [[nodiscard]] std::size_t tasks() const noexcept { return tasks_; }
  /// "3 tasks: 1 running, 2 parked"
  void print_counts(text_out& out) const noexcept;
  /// The tasks, each with its backtrace if one was taken.
  void print_tasks(text_out& out) const noexcept;

 private:
  static constexpr std::size_t views_at_most = groups_at_most * shown_of_a_group;
  static_assert(listed_at_most <= views_at_most);

  struct group {
    task_view like;  ///< any of them
    std::size_t count = 0;
    std::uint32_t shortest_ms = 0;
    std::uint32_t longest_ms = 0;
    bool several_objects = false;
    std::array<std::uint16_t, shown_of_a_group> shown{};  ///< places in views_, by number of the task
    std::size_t shown_count = 0;
  };

  void list(const task_view& v) noexcept;
  void sort_in(const task_view& v) noexcept;
  void show(group& g, const task_view& v) noexcept;
  void take_backtraces(const scheduler& s, const halt& standing) noexcept;
  void print_view(std::size_t at, text_out& out) const noexcept;

  std::size_t tasks_ = 0;
  std::array<std::size_t, 6> by_state_{};
  bool grouped_ = false;
  std::array<task_view, views_at_most> views_;
  std::array<backtrace, views_at_most> calls_;
  std::size_t views_used_ = 0;
  std::array<group, groups_at_most> groups_;
  std::size_t groups_used_ = 0;
  std::size_t ungrouped_ = 0;  ///< tasks for which there was no group left
};

/// The process's one report, locked.
class the_report {
 public:
  the_report() noexcept;
  report& operator*() const noexcept { return it_; }
  report* operator->() const noexcept { return &it_; }

 private:
  std::lock_guard<std::mutex> hold_;
  report& it_;
};

}  // namespace mn::detail
