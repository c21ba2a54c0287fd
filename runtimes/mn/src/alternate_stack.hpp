// Where a worker's signal handlers run: a task's stack may have little room left, and a handler that writes a backtrace
// needs some. Only address space until a handler has run.
#pragma once

#include <cstddef>

#include "os/os.hpp"

namespace mn::detail {

/// The calling thread has a signal stack while this lives, if it had none before.
class alternate_stack {
 public:
  alternate_stack() noexcept : stack_(os::begin_signal_stack(bytes)) {}
  ~alternate_stack() {
    if (stack_) os::end_signal_stack(stack_, bytes);
  }
  alternate_stack(const alternate_stack&) = delete;
  alternate_stack& operator=(const alternate_stack&) = delete;

 private:
  static constexpr std::size_t bytes = 64 * 1024;
  void* const stack_;
};

}  // namespace mn::detail
