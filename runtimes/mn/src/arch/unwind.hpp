// Walking a stack on which nobody runs. One implementation for each switch (MN_SWITCH in CMake), since it has to know
// what a saved stack looks like; the portable one cannot.
#pragma once

namespace mn::arch {

/// Which switch this is for.
extern const char switch_name[];

/// Whether call_below() works here.
extern const bool can_unwind_saved;

/// Whether a signal handler on this thread may walk the calls that it has interrupted: not where that may be the middle
/// of a switch that cannot be unwound through.
bool can_unwind_interrupted() noexcept;

/// Calls f(arg) on the calling thread's own stack in such a way that an unwinder which starts in f comes, above f and
/// one frame of this, to the frames of the saved stack `sp` (mn_switch), as if f had been called from there. Nothing is
/// written to that stack. f must not throw.
void call_below(void* sp, void (*f)(void*), void* arg) noexcept;

/// Whether an instruction address lies in the frame between f and the saved stack.
bool is_bridge(const void* address) noexcept;

}  // namespace mn::arch
