// What ThreadSanitizer and AddressSanitizer must be told about switching stacks. Empty functions without them.
//
// ThreadSanitizer: every task is a fiber of its own. A switch counts as synchronisation (the default), so two tasks
// that ran one after the other on one worker are ordered; a race between tasks is seen when they run on two workers.
#pragma once

#include "mn/detail/task.hpp"

#if defined(MN_TSAN)
#include <sanitizer/tsan_interface.h>
#endif
#if defined(MN_ASAN)
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace mn::detail {

#if defined(MN_TSAN) || defined(MN_ASAN)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

/// The calling thread's own stack, before its first switch.
inline void sanitizer_adopt_thread([[maybe_unused]] context& c) {
#if defined(MN_TSAN)
  c.fiber = __tsan_get_current_fiber();
#elif defined(MN_ASAN)
  pthread_attr_t attributes;
  void* bottom = nullptr;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &bottom, &c.stack_bytes);
  pthread_attr_destroy(&attributes);
  c.stack_bottom = bottom;
#endif
}

/// A task gets a stack.
inline void sanitizer_bind([[maybe_unused]] context& c, [[maybe_unused]] void* top,
                           [[maybe_unused]] std::size_t bytes) {
#if defined(MN_TSAN)
  c.fiber = __tsan_create_fiber(0);
#elif defined(MN_ASAN)
  c.stack_bottom = static_cast<std::byte*>(top) - bytes;
  c.stack_bytes = bytes;
  c.fiber = nullptr;
  __asan_unpoison_memory_region(c.stack_bottom, bytes);  // what an earlier task left
#endif
}

/// Before leaving `from` for `to`; `dying`: nobody comes back to `from`.
inline void sanitizer_before_switch([[maybe_unused]] context& from, [[maybe_unused]] context& to,
                                    [[maybe_unused]] bool dying) {
#if defined(MN_TSAN)
  __tsan_switch_to_fiber(to.fiber, 0);
#elif defined(MN_ASAN)
  __sanitizer_start_switch_fiber(dying ? nullptr : &from.fiber, to.stack_bottom, to.stack_bytes);
#endif
}

/// The first thing on the stack of `now` after a switch.
inline void sanitizer_after_switch([[maybe_unused]] context& now) {
#if defined(MN_ASAN)
  __sanitizer_finish_switch_fiber(now.fiber, nullptr, nullptr);
#endif
}

/// A task has left its stack for the last time; called from another.
inline void sanitizer_release([[maybe_unused]] context& c) {
#if defined(MN_TSAN)
  __tsan_destroy_fiber(c.fiber);
#endif
}

/// Memory that held stacks goes back to the system: what was marked in it must not outlive it.
inline void sanitizer_forget([[maybe_unused]] void* at, [[maybe_unused]] std::size_t bytes) {
#if defined(MN_ASAN)
  __asan_unpoison_memory_region(at, bytes);
#endif
}

}  // namespace mn::detail
