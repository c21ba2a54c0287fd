// ThreadSanitizer's half of sanitizer.hpp. Empty without it.
#if defined(MN_TSAN)

#include <sanitizer/tsan_interface.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "os/os.hpp"
#include "sanitizer.hpp"
#include "this_worker.hpp"

// ThreadSanitizer's side of the dynamic annotations; it declares them in no header.
extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
void AnnotateIgnoreSyncBegin(const char* file, int line);
void AnnotateIgnoreSyncEnd(const char* file, int line);
}

namespace mn::detail {
namespace {

bool tasks_are_watched() noexcept {
  static const bool chosen = [] {
    const char* what = std::getenv("MN_RACES_IN");
    if (!what || std::strcmp(what, "tasks") == 0) return true;
    if (std::strcmp(what, "runtime") == 0) return false;
    os::fail("mn: MN_RACES_IN is \"%s\"; known: tasks runtime", what);
  }();
  return chosen;
}

// What this file keeps for a thread. Its accesses are not looked at: they belong to whichever task the thread runs.
struct thread_state {
  int depth = 0;                ///< how many `unseen` the running context is in; goes with the context at a switch
  const void* timer = nullptr;  ///< for which it acts
};
thread_local constinit thread_state of_thread;

#define MN_NOT_LOOKED_AT __attribute__((noinline, no_sanitize("thread")))

MN_NOT_LOOKED_AT int depth_now() noexcept {
  asm volatile("" : : : "memory");  // the thread may be another one at every call
  return of_thread.depth;
}
MN_NOT_LOOKED_AT void set_depth(int depth) noexcept {
  asm volatile("" : : : "memory");
  of_thread.depth = depth;
}
MN_NOT_LOOKED_AT const void* timer_now() noexcept {
  asm volatile("" : : : "memory");
  return of_thread.timer;
}
MN_NOT_LOOKED_AT void set_timer(const void* timer) noexcept {
  asm volatile("" : : : "memory");
  of_thread.timer = timer;
}

void hide() noexcept {
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
}

void show() noexcept {
  AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

void begin_unseen() noexcept {
  if (!tasks_are_watched()) return;
  hide();
  set_depth(depth_now() + 1);
}

void end_unseen() noexcept {
  if (!tasks_are_watched()) return;
  const int left = depth_now() - 1;
  set_depth(left);
  show();
  // The task may have come to another thread: what that one has made of its thread-local variables.
  if (const worker* here = current_worker(); left == 0 && here) take_over(here);
}

// Makes what was handed over to one address handed over to the other as well, without ordering the caller. It takes a
// fiber that nobody else is. What this function itself does, on the caller's stack, must not count as that fiber's.
MN_NOT_LOOKED_AT void pass_on(const void* from, const void* to) noexcept {
  void* const caller = __tsan_get_current_fiber();
  void* const courier = __tsan_create_fiber(0);
  __tsan_switch_to_fiber(courier, __tsan_switch_to_fiber_no_sync);
  __tsan_acquire(const_cast<void*>(from));
  __tsan_release(const_cast<void*>(to));
  __tsan_switch_to_fiber(caller, __tsan_switch_to_fiber_no_sync);
  __tsan_destroy_fiber(courier);
}

const char* last_part(const char* path) noexcept {
  const char* slash = std::strrchr(path, '/');
  return slash ? slash + 1 : path;
}

}  // namespace

unseen::unseen() noexcept {
  begin_unseen();
}
unseen::~unseen() {
  end_unseen();
}

acting_for_timer::acting_for_timer(const timer& started) noexcept {
  set_timer(&started);
}
acting_for_timer::~acting_for_timer() {
  set_timer(nullptr);
}

void hand_over(const void* to) noexcept {
  if (!tasks_are_watched()) return;
  if (depth_now() == 0) {
    __tsan_release(const_cast<void*>(to));
  } else if (const void* timer = timer_now()) {
    pass_on(timer, to);
  }
}
void take_over(const void* from) noexcept {
  if (tasks_are_watched()) __tsan_acquire(const_cast<void*>(from));
}

const void* order_of(const task& t) noexcept {
  const unseen hidden;
  const void* closure = nullptr;
  std::memcpy(&closure, t.storage, sizeof closure);
  return closure;
}

unseen_parting::unseen_parting(const task* t) noexcept : order_(t ? order_of(*t) : nullptr) {
  if (t) hand_over(t->home);  // whoever gives the task up while it is parked takes it over, as run() does
  begin_unseen();
}
unseen_parting::~unseen_parting() {
  end_unseen();
  if (order_) take_over(order_);
}

void sanitizer_adopt_thread(context& c) {
  c.fiber = __tsan_get_current_fiber();
  // What the thread has made of its thread-local variables; every task that comes to it takes that over (end_unseen).
  hand_over(current_worker());
  begin_unseen();
}
void sanitizer_leave_thread(const scheduler& home) {
  end_unseen();
  take_over(&home);
}

void sanitizer_bind(task& t, void* top, std::size_t bytes) {
  if (tasks_are_watched()) {
    const std::uintptr_t page = os::page_bytes();
    const auto first = (reinterpret_cast<std::uintptr_t>(top) - bytes) / page * page;
    const auto end = (reinterpret_cast<std::uintptr_t>(top) + page - 1) / page * page;
    os::renew_touched(reinterpret_cast<void*>(first), end - first);
  }
  t.ctx.fiber = __tsan_create_fiber(0);
  t.ctx.unseen_depth = 0;
  char name[64];
  std::snprintf(name, sizeof name, "task %llu spawned at %s:%u", static_cast<unsigned long long>(t.id),
                last_part(t.file), static_cast<unsigned>(t.line));
  __tsan_set_fiber_name(t.ctx.fiber, name);
}

void sanitizer_before_switch(context& from, context& to, bool dying) {
  void* const fiber = to.fiber;
  const int depth_there = to.unseen_depth;
  if (!dying) from.unseen_depth = depth_now();
  set_depth(depth_there);
  if (dying && tasks_are_watched()) show();  // a fiber may not end unseen
  __tsan_switch_to_fiber(fiber, tasks_are_watched() ? __tsan_switch_to_fiber_no_sync : 0);
}
void sanitizer_after_switch(context&) {}

void sanitizer_release(context& c) {
  __tsan_destroy_fiber(c.fiber);
}
void sanitizer_forget(void*, std::size_t) {}

void sanitizer_begin_stack() noexcept {
  begin_unseen();
}
void sanitizer_begin_closure(const task& t) noexcept {
  end_unseen();
  take_over(order_of(t));
}
void sanitizer_end_closure(const task& t) noexcept {
  hand_over(t.home);  // run() takes it over
  begin_unseen();
}

}  // namespace mn::detail

#endif
