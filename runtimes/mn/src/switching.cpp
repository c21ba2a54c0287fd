// How a worker leaves one context for another, and what tasks begin and end with.
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "arch/switch.hpp"
#include "os/os.hpp"
#include "sanitizer.hpp"
#include "scheduler.hpp"
#include "task_name.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

// The public part of the Itanium ABI's per-thread exception state.
struct exception_globals {
  void* caught;
  unsigned uncaught;
};

}  // namespace

// Giving way

void worker::leave_parked(wait_reason why, const void* on) noexcept {
  current->waits_for.store(why, std::memory_order_relaxed);
  current->waits_on.store(on, std::memory_order_relaxed);
  current->since_ms.store(home.coarse_ms.load(std::memory_order_relaxed), std::memory_order_relaxed);
  current->state.store(task_state::parked, std::memory_order_release);
  switch_to(pick());
}

void worker::park(void (*after)(void*), void* arg, wait_reason why, const void* on) noexcept {
  pending_ = {after, arg};
  leave_parked(why, on);
}

void worker::park_unlock(spin_lock& lock, wait_reason why, const void* on) noexcept {
  pending_unlock_ = &lock;
  leave_parked(why, on);
}

void worker::yield() noexcept {
  const bool gate_shut = home.attention.load(std::memory_order_relaxed) & scheduler::attention_gate;
  if (queue.size_hint() == 0 && !hand_off_.load(std::memory_order_relaxed) && !home.has_injected() && !gate_shut) {
    pass_choice();
    return;
  }
  fresh_runs_ = 1;  // fresh ones too, or a task that yields in a loop would wait for them in vain
  give_way();
}

void worker::give_way() noexcept {
  current->state.store(task_state::ready, std::memory_order_release);
  pending_ = {[](void* t) { current_worker()->queue.push_ready(*static_cast<task*>(t)); }, current};
  switch_to(pick());
}

// Switching
//
// A task says `running` itself, once it is on its own stack: whoever sees that also sees its predecessor's context
// saved (halt.hpp relies on it). Nothing else of the state may be later than the first test of scheduler::attention.

void worker::switch_to(task* next) noexcept {
  task* const self = current;
  if (next && !next->stack) bind_stack(*next);
  current = next;
  count(switches);
  change(self ? self->ctx : native_, next ? next->ctx : native_, false);
  // Release: pairs with the acquire in worker::whereabouts().
  if (self) self->state.store(task_state::running, std::memory_order_release);
  finish_switch();
}

// The last statement of whoever calls this; nothing of `this` may be used afterwards.
void worker::change(context& from, context& to, bool dying) noexcept {
  auto* globals = static_cast<exception_globals*>(exceptions_);
  from.caught = globals->caught;
  from.uncaught = globals->uncaught;
  globals->caught = to.caught;
  globals->uncaught = to.uncaught;
  sanitizer_before_switch(from, to, dying);
  mn_switch(&from.sp, to.sp);
}

void worker::finish_switch() noexcept {
  worker* w = current_worker();
  sanitizer_after_switch(w->current ? w->current->ctx : w->native_);
  if (spin_lock* lock = std::exchange(w->pending_unlock_, nullptr)) {
    lock->unlock();
  } else if (auto* act = std::exchange(w->pending_.act, nullptr)) {
    act(w->pending_.arg);
  }
}

// The bottom of every task's stack. One stack serves many tasks, one after the other; under a sanitizer each task has
// a stack of its own, so that it is told apart from the one before.
void worker::task_main() noexcept {
  finish_switch();
  for (;;) {
    task* t = current_worker()->current;
    t->state.store(task_state::running, std::memory_order_release);  // as in switch_to()
    run_closure(*t);
    worker* w = current_worker();  // the task may have moved
    w->count(w->ended);
    t->state.store(task_state::ended, std::memory_order_release);
    task* next = w->pick();
    if (sanitized || !next || next->stack) w->leave_for_good(next);
    next->stack = t->stack;
    w->recycle(*t);
    w->current = next;
    w->count(w->switches);
  }
}

void worker::run_closure(task& t) noexcept {
  const char* what = "of a type that is not derived from std::exception";
  try {
    t.invoke(t);
    return;
  } catch (const std::exception& e) {
    what = e.what();
    os::fail("mn: an exception left the task spawned at %s:%u: %s", t.file.load(), t.line.load(), what);
  } catch (...) {
    os::fail("mn: an exception left the task spawned at %s:%u: %s", t.file.load(), t.line.load(), what);
  }
}

void worker::recycle(task& t) noexcept {
  if (t.name.load(std::memory_order_relaxed)) clear_name(t);
  t.stack = nullptr;
  t.state.store(task_state::recycled, std::memory_order_relaxed);
  t.id.store(0, std::memory_order_relaxed);
  blocks.give(&t);
}

// Leaves the stack of the current task, which has ended; its block and its stack are given back from the other side.
void worker::leave_for_good(task* next) noexcept {
  task* ended_task = current;
  pending_ = {[](void* p) {
                worker* w = current_worker();
                auto& t = *static_cast<task*>(p);
                sanitizer_release(t.ctx);
                w->stacks_.give(t.stack);
                w->recycle(t);
              },
              ended_task};
  if (next && !next->stack) bind_stack(*next);
  current = next;
  count(switches);
  change(ended_task->ctx, next ? next->ctx : native_, true);
  os::fail("mn: a task that has ended was resumed");
}

// Stacks

void worker::bind_stack(task& t) noexcept {
  void* top = stacks_.take();
  if (!top) {
    os::fail("mn: the system gives no more address space for stacks (%s): %llu of %zu bytes each are in use",
             std::strerror(errno), static_cast<unsigned long long>(home.stacks.cut()), home.stacks.slot_bytes());
  }
  t.stack = top;
  t.ctx.sp = arch::prepare_stack(top, home.stacks.usable_bytes(), &worker::task_main);
  t.ctx.caught = nullptr;
  t.ctx.uncaught = 0;
  sanitizer_bind(t.ctx, top, home.stacks.usable_bytes());
}

}  // namespace mn::detail
