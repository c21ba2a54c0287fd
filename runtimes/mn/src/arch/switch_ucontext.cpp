// The portable switch, for a CPU that has none by hand: POSIX ucontext (a system call each time, for the signal mask).
// The "stack pointer" that the rest of mn keeps is a pointer to a ucontext_t on the heap.
#include "arch/switch_ucontext.hpp"

#include <ucontext.h>

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "arch/switch.hpp"

namespace mn::arch {
namespace {

// Lock-free, and relaxed will do: only this thread and its own signal handlers look at it.
thread_local std::atomic<bool> switching{false};

// A switch may end on another thread than it began on, so nobody may keep the address: hence not inlined.
[[gnu::noinline, gnu::noipa]] void set_switching(bool yes) noexcept {
  switching.store(yes, std::memory_order_relaxed);
}

/// makecontext() passes ints.
void begin(std::uint32_t high, std::uint32_t low) {
  set_switching(false);
  std::bit_cast<entry>(static_cast<std::uintptr_t>((std::uint64_t{high} << 32) | low))();
}

}  // namespace

bool is_switching() noexcept {
  return switching.load(std::memory_order_relaxed);
}

}  // namespace mn::arch

extern "C" void mn_switch(void** save, void* to) noexcept {
  // The saved context lies in this frame, which stays intact until somebody switches back to it.
  ucontext_t here;
  *save = &here;
  mn::arch::set_switching(true);
  swapcontext(&here, static_cast<ucontext_t*>(to));
  mn::arch::set_switching(false);
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
  const auto address = std::uint64_t{std::bit_cast<std::uintptr_t>(first)};
  makecontext(context, reinterpret_cast<void (*)()>(&begin), 2, static_cast<std::uint32_t>(address >> 32),
              static_cast<std::uint32_t>(address));
  return context;
}

void* lowest_in_use(void* saved) noexcept {
  // The context lies in the frame of mn_switch; below it is that of swapcontext, which keeps nothing of size there.
  return static_cast<std::byte*>(saved) - 1024;
}

}  // namespace mn::arch
