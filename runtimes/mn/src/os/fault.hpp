// What mn asks of the operating system about faults: to be told first when an access to memory fails, and a stack to be
// told on where the thread's own is used up.
//
// Invariants
//   * The handler is installed once in a process and stays, so it is in the chain of handlers only once.
//   * Whoever handled SIGSEGV and SIGBUS before gets every fault as before, after `look` has seen it. Where nobody did,
//     the default action is restored and the access repeated: the process ends by the signal, and a core dump shows
//     the access.
//   * A handler that the program installs later comes first; it should hand on what it does not know.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mn::os {

struct fault {
  std::uintptr_t address;
  std::uintptr_t stack_pointer;  ///< 0 where this CPU's is not known
};

/// From the first call on, `look` is called on the faulting thread for every access that fails, on its signal stack if
/// it has one. It must be async-signal-safe. Later calls do nothing.
void watch_faults(void (*look)(const fault&) noexcept) noexcept;

/// A stack for signal handlers, the calling thread's for as long as this lives, unless it has one of its own.
class signal_stack {
 public:
  signal_stack() noexcept;
  ~signal_stack();
  signal_stack(const signal_stack&) = delete;
  signal_stack& operator=(const signal_stack&) = delete;

 private:
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace mn::os
