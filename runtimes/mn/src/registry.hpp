// Which runtimes live in this process, and how many OS threads they have: for what concerns all of them, the search for
// deadlocks and dumps.
//
// Invariants
//   * A runtime is listed from the end of its constructor until it begins to end (or was given up). While `lock` is
//     held none comes or goes, so those that are listed may be used.
//   * own_threads() counts threads only while they exist: a runtime's workers are counted after they have begun
//     (scheduler::started_threads), and no longer before they may end, as it is not listed then. A thread that is not
//     counted is taken for one of the program's, which errs on the safe side.
//   * A process that was forked begins with none: it has only the thread that called fork().
// Who holds `lock` may take the locks of runtimes' parts, never the other way round.
#pragma once

#include <cstddef>
#include <mutex>

namespace mn::detail {

class scheduler;

class registry {
 public:
  static registry& instance() noexcept;

  void add(scheduler& s) noexcept;
  void remove(scheduler& s) noexcept;

  /// A thread of mn's own that is no runtime's.
  struct helper {
    /// Whether it is doing nothing now and will not by itself; called under `lock`. Where it is working, it has said so
    /// (sequentially consistent) before it took away whatever told of that work.
    bool (*rests)() noexcept;
    helper* next = nullptr;
  };
  /// `h` is kept and its thread, which runs, never ends.
  void add(helper& h) noexcept;

  std::mutex lock;

  // With `lock` held.
  [[nodiscard]] scheduler* first() const noexcept { return first_; }  ///< then scheduler::next_runtime
  [[nodiscard]] std::size_t own_threads() const noexcept;
  [[nodiscard]] bool helpers_rest() const noexcept;

 private:
  friend struct debug_layout;
  static void in_forked_child() noexcept;

  scheduler* first_ = nullptr;
  helper* helpers_ = nullptr;
  unsigned numbers_ = 0;
};

extern registry the_registry;  ///< what instance() gives; for the debugger's table, which needs an address

}  // namespace mn::detail
