// What ThreadSanitizer and AddressSanitizer must be told about tasks. Empty functions without them.
//
// ThreadSanitizer: every task is a fiber of its own, named after its task. It can look at one of two things, which the
// environment variable MN_RACES_IN chooses:
//   tasks (the default)  Races between tasks. A switch orders nobody, and all that the runtime does by itself is
//                        unseen, so two tasks are ordered by what the program says alone, even where both run on one
//                        worker: what came before spawning a task comes before what it does; what came before waking a
//                        task comes before what it does next; what was done under a lock comes before the next holder;
//                        all that tasks did comes before run() returns. These orders are given explicitly (hand_over,
//                        take_over), at the places where the runtime keeps that promise.
//   runtime              Races in the runtime itself. Everything is seen; a switch counts as synchronisation, because a
//                        worker's tasks share its variables.
// A task's memory is used again by tasks that it is not ordered with, behind ThreadSanitizer's back. So in `tasks` a
// stack's pages are mapped anew for each task (which makes their past forgotten), a closure lies on the heap
// (task.hpp), and its address, which no other task has while this one lives, is what the order of spawning and waking
// hangs on.
//
// AddressSanitizer: every task has a stack of its own, and a fake stack where those are used.
#pragma once

#include "mn/detail/task.hpp"
#include "mn/detail/unseen.hpp"

namespace mn::detail {

struct timer;

#if defined(MN_TSAN) || defined(MN_ASAN)

inline constexpr bool sanitized = true;

/// The calling thread's own stack, before its first switch.
void sanitizer_adopt_thread(context& c);
/// The same thread is about to end, after its last switch, and destroys what the tasks of `home` have left with it.
void sanitizer_leave_thread(const scheduler& home);
/// A task gets a stack.
void sanitizer_bind(task& t, void* top, std::size_t bytes);
/// Before leaving `from` for `to`; `dying`: nobody comes back to `from`.
void sanitizer_before_switch(context& from, context& to, bool dying);
/// The first thing on the stack of `now` after a switch.
void sanitizer_after_switch(context& now);
/// A task has left its stack for the last time; called from another.
void sanitizer_release(context& c);
/// Memory that held stacks goes back to the system: what was marked in it must not outlive it.
void sanitizer_forget(void* at, std::size_t bytes);

#else

inline constexpr bool sanitized = false;

inline void sanitizer_adopt_thread(context&) {}
inline void sanitizer_leave_thread(const scheduler&) {}
inline void sanitizer_bind(task&, void*, std::size_t) {}
inline void sanitizer_before_switch(context&, context&, bool) {}
inline void sanitizer_after_switch(context&) {}
inline void sanitizer_release(context&) {}
inline void sanitizer_forget(void*, std::size_t) {}

#endif

#if defined(MN_TSAN)

/// What the caller has done comes before what follows the next take_over of the same address.
void hand_over(const void* to) noexcept;
void take_over(const void* from) noexcept;
/// The address for the order of a task's spawning and waking.
const void* order_of(const task& t) noexcept;
/// The first thing on a task's new stack, which ThreadSanitizer believes to be seen.
void sanitizer_begin_stack() noexcept;
/// Between them a task runs its closure, seen; before and after, the runtime runs on its stack, unseen.
void sanitizer_begin_closure(const task& t) noexcept;
void sanitizer_end_closure(const task& t) noexcept;

/// The caller gives way while it lives, unseen. At the end it comes after whoever woke it.
class [[nodiscard]] unseen_parting {
 public:
  explicit unseen_parting(const task* t) noexcept;
  ~unseen_parting();
  unseen_parting(const unseen_parting&) = delete;
  unseen_parting& operator=(const unseen_parting&) = delete;

 private:
  const void* order_;
};

/// Within it the runtime acts for a timer, unseen: whoever is spawned or woken comes after whoever started the timer,
/// and not after the task that the worker has left to look at its timers. Its start was handed over to its address.
class [[nodiscard]] acting_for_timer {
 public:
  explicit acting_for_timer(const timer& started) noexcept;
  ~acting_for_timer();
  acting_for_timer(const acting_for_timer&) = delete;
  acting_for_timer& operator=(const acting_for_timer&) = delete;
};

#else

inline void hand_over(const void*) noexcept {}
inline void take_over(const void*) noexcept {}
inline const void* order_of(const task&) noexcept {
  return nullptr;
}
inline void sanitizer_begin_stack() noexcept {}
inline void sanitizer_begin_closure(const task&) noexcept {}
inline void sanitizer_end_closure(const task&) noexcept {}

class [[nodiscard]] unseen_parting {
 public:
  explicit unseen_parting(const task*) noexcept {}
};
class [[nodiscard]] acting_for_timer {
 public:
  explicit acting_for_timer(const timer&) noexcept {}
};

#endif

}  // namespace mn::detail
