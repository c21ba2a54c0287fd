// The portable switch, for a CPU that has none by hand: POSIX ucontext (a system call each time, for the signal mask).
// The "stack pointer" that the rest of mn keeps is a pointer to a ucontext_t on the heap.
#include <ucontext.h>

#include <cstdlib>
#include <new>

#include "arch/switch.hpp"

extern "C" void mn_switch(void** save, void* to) noexcept {
  // The saved context lies in this frame, which stays intact until somebody switches back to it.
  ucontext_t here;
  *save = &here;
  swapcontext(&here, static_cast<ucontext_t*>(to));
}

namespace mn::arch {

void* prepare_stack(void* top, std::size_t bytes, entry first) noexcept {
  // The first context lies at the top of the new stack itself, above what the entry function will use.
  const std::size_t room = (sizeof(ucontext_t) + 63) / 64 * 64;
  auto* context = ::new (static_cast<std::byte*>(top) - room) ucontext_t;
  getcontext(context);
  context->uc_stack.ss_sp = static_cast<std::byte*>(top) - bytes;
  context->uc_stack.ss_size = bytes - room;
  context->uc_link = nullptr;
  makecontext(context, first, 0);
  return context;
}

void* lowest_in_use(void* saved) noexcept {
  // The context lies in the frame of mn_switch; below it is that of swapcontext, which keeps nothing of size there.
  return static_cast<std::byte*>(saved) - 1024;
}

}  // namespace mn::arch
