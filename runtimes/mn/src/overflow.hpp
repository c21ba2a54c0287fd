// Stack overflow, caught in the guard below a task's stack and explained before the process ends.
//
// A fault is an overflow of the task that the thread runs (or is just leaving) if the address lies in the guard of its
// stack and the stack pointer has come down to it; a wild pointer that happens to hit a guard is not. The message goes
// to standard error by one write; then the fault takes its usual way (os/fault.hpp): to the handler that was there
// before, or the process ends by SIGSEGV.
//
// What is not caught: a function whose frame is larger than the guard may step over it, into the stack below, without
// touching it. Code built with -fstack-clash-protection touches every page on the way and cannot. A stack that could
// not be guarded (statistics::unguarded_stacks) overflows into the one below. Under AddressSanitizer and
// ThreadSanitizer nothing is installed: they report faults themselves.
#pragma once

#include <optional>

#include "mn/runtime.hpp"
#include "os/fault.hpp"

namespace mn::detail {

/// While it lives, overflows of tasks on the calling worker thread are explained, if the runtime's options want it.
class overflow_watch {
 public:
  explicit overflow_watch(const options& o) noexcept;

 private:
  std::optional<os::signal_stack> stack_;
};

}  // namespace mn::detail
