// Where a task stands: the addresses of its calls, innermost first. Taken without running the task, allocating memory
// or taking a lock, in three steps that are apart because a halt should be short: take, let go on, print.
//
//   * A task that does not run: from its saved context, while a halt (halt.hpp) or the end of its workers keeps it
//     still.
//   * A task that runs: its worker's thread is asked by a signal, SIGURG, whose handler walks its own stack. The system
//     ignores that signal by default, so one that comes late does no harm. The handler is there only during a dump, and
//     only where the program has none for it.
// The walk is the C++ runtime's unwinder, with the tables that exceptions use; it ends where code has none. A signal
// may interrupt any instruction, so those tables must be exact everywhere ("asynchronous", what compilers do on x86-64
// and aarch64 unless told otherwise).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "os/process.hpp"
#include "text_out.hpp"

namespace mn::detail {

class worker;
struct task;

struct backtrace {
  static constexpr std::size_t at_most = 40;

  std::array<const void*, at_most> calls{};  ///< an address inside each call instruction
  std::uint32_t count = 0;
  bool more = false;  ///< the walk was cut off

  void clear() noexcept {
    count = 0;
    more = false;
  }
};

/// Fills `out` from the saved context of a task that keeps still. Empty where that is not possible.
void take_saved_backtrace(const task& t, backtrace& out) noexcept;

/// Takes backtraces of tasks that run, while it lives. One at a time in the process.
class running_backtraces {
 public:
  running_backtraces() noexcept;
  ~running_backtraces();
  running_backtraces(const running_backtraces&) = delete;
  running_backtraces& operator=(const running_backtraces&) = delete;

  /// Fills `out` with what the worker's thread does, if it runs this very task and answers in time.
  void take(worker& w, const task& t, backtrace& out) noexcept;

 private:
  static constexpr std::int64_t patience_ns = 100'000'000;

  os::signal_action found_;
};

/// A line for each call; calls inside mn's scheduler at both ends are left out where their names are known. Allocates
/// memory, for names.
void print(const backtrace& b, text_out& out) noexcept;

}  // namespace mn::detail
