// Leaving one stack and going on on another. One implementation an ABI; the build chooses (MN_SWITCH in CMake).
//
// What a switch preserves is what the ABI calls callee-saved, the floating-point control words included. It may be
// entered on one OS thread and left on another, so no caller may keep a thread-local address across it. A switch by
// hand can be unwound through at every instruction; where one cannot, unwind.hpp says so. A backtrace of a task ends at
// the first frame of its stack.
#pragma once

#include <cstddef>

extern "C" {

/// Saves the caller's registers on its stack and the stack pointer in *save, takes `to`'s, and returns there.
void mn_switch(void** save, void* to) noexcept;
}

namespace mn::arch {

using entry = void (*)();

/// Prepares a stack that has never run: a switch to the returned pointer calls `first` on it. `first` must not
/// return. `top` is aligned to 16 bytes; the words below it must be writable.
void* prepare_stack(void* top, std::size_t bytes, entry first) noexcept;

/// The lowest address that belongs to the stack of a saved context; what is below may be dropped.
void* lowest_in_use(void* saved) noexcept;

}  // namespace mn::arch
