// How a worker leaves one context for another, and what tasks begin and end with.
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "arch/pause.hpp"
#include "arch/switch.hpp"
#include "locals.hpp"
#include "os/os.hpp"
#include "sanitizer.hpp"
#include "scheduler.hpp"
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
  parked_ = current;
  switch_to(pick());
}

void worker::park(void (*after)(void*), void* arg, wait_reason why, const void* on) noexcept {
  const unseen_parting parting(current);
  pending_act_ = after;
  pending_arg_ = arg;
  leave_parked(why, on);
}

void worker::park_unlock(spin_lock& lock, wait_reason why, const void* on) noexcept {
  hand_over(&lock);  // released unseen
  park([](void* l) { static_cast<spin_lock*>(l)->unlock(); }, &lock, why, on);
}

void worker::park_unlock(biased_lock& lock, wait_reason why, const void* on) noexcept {
  hand_over(&lock);
  const unseen_parting parting(current);
  pending_unlock_ = &lock;
  leave_parked(why, on);
}

void worker::yield() noexcept {
  const unseen hidden;
  if (queue.size_hint() == 0 && !hand_off_.load(std::memory_order_relaxed) && !home.has_injected() && on_duty() &&
      home.attention.load(std::memory_order_relaxed) == 0) {
    if (pass_choice() && look()) give_way(true);
    return;
  }
  fresh_runs_ = 1;  // fresh ones too, or a task that yields in a loop would wait for them in vain
  give_way();
}

void worker::give_way(bool to_look_outside) noexcept {
  current->since_ms.store(home.coarse_ms.load(std::memory_order_relaxed), std::memory_order_relaxed);
  const unseen_parting parting(current);
  current->state.store(task_state::ready, std::memory_order_release);
  pending_act_ = [](void* t) { current_worker()->queue.push_ready(*static_cast<task*>(t)); };
  pending_arg_ = current;
  switch_to(to_look_outside ? nullptr : pick());
}

// Switching

void worker::switch_to(task* next) noexcept {
  task* const self = current;
  context& from = self ? self->ctx : native_;
  if (next) prepare(*next);
  leaving = self;
  current = next;
  change(from, next ? next->ctx : native_, false);
  finish_switch();
}

// A task that is about to run.
void worker::prepare(task& next) noexcept {
  if (!next.stack) {
    bind_stack(next);
  } else if (home.coarse_ms.load(std::memory_order_relaxed) - next.since_ms.load(std::memory_order_relaxed) >=
             long_wait_ms_) [[unlikely]] {
    resume_after_long(next);
  }
  next.state.store(task_state::running, std::memory_order_release);
}

// See stack_trimmer.hpp: it leaves the stack alone once it sees that the task no longer waits.
void worker::resume_after_long(task& next) noexcept {
  next.state.store(task_state::running, std::memory_order_seq_cst);
  while (next.trimming.load(std::memory_order_seq_cst)) arch::pause();
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
  if (task* parked = std::exchange(w->parked_, nullptr)) {
    // Release: whoever sees it parked sees its saved context (reports, the trimmer). Still ours: nobody can wake it
    // yet.
    parked->state.store(task_state::parked, std::memory_order_release);
  }
  // What is left to be done also says that the switch is under way: see halt.hpp.
  if (biased_lock* lock = w->pending_unlock_.take()) {
    lock->unlock();
  } else if (auto* act = w->pending_act_.take()) {
    act(w->pending_arg_);
  }
}

// The bottom of every task's stack. One stack serves many tasks, one after the other; under a sanitizer each task has
// a stack of its own, so that it is told apart from the one before.
void worker::task_main() noexcept {
  sanitizer_begin_stack();
  finish_switch();
  for (;;) {
    worker* w = current_worker();
    task* t = w->current;
    arch::restore_fp_control(w->fp_control_);  // what the stack's last task has left
    sanitizer_begin_closure(*t);
    run_closure(*t);
    sanitizer_end_closure(*t);
    w = current_worker();  // the task may have moved
    w->count_end();
    t->state.store(task_state::ended, std::memory_order_relaxed);  // before the choice: see halt.hpp
    task* next = w->pick();
    if (sanitized || !next || next->stack) w->leave_for_good(next);
    next->stack = t->stack;
    stack_pool::bind(next->stack, next);
    next->state.store(task_state::running, std::memory_order_release);
    w->recycle(*t);
    w->current = next;
  }
}

void worker::run_closure(task& t) noexcept {
  const char* what = "of a type that is not derived from std::exception";
  try {
    t.invoke(t);
    end_locals(t);
    return;
  } catch (const std::exception& e) {
    what = e.what();
    os::fail("mn: an exception left the task spawned at %s:%u: %s", t.file.load(), t.line.load(), what);
  } catch (...) {
    os::fail("mn: an exception left the task spawned at %s:%u: %s", t.file.load(), t.line.load(), what);
  }
}

void worker::recycle(task& t) noexcept {
  t.stack = nullptr;
  t.state.store(task_state::recycled, std::memory_order_relaxed);
  t.id.store(0, std::memory_order_relaxed);
  blocks.give(&t);
}

// Leaves the stack of the current task, which has ended; its block and its stack are given back from the other side.
void worker::leave_for_good(task* next) noexcept {
  task* ended_task = current;
  pending_act_ = [](void* p) {
    worker* w = current_worker();
    auto& t = *static_cast<task*>(p);
    sanitizer_release(t.ctx);
    w->stacks_.give(t.stack);
    w->recycle(t);
  };
  pending_arg_ = ended_task;
  if (next) prepare(*next);
  current = next;
  change(ended_task->ctx, next ? next->ctx : native_, true);
  os::fail("mn: a task that has ended was resumed");
}

// Stacks

void worker::bind_stack(task& t) noexcept {
  void* top = stacks_.take();
  if (!top) {
    os::fail(
        "mn: the system gives no stack for task %llu spawned at %s:%u (%s): %llu of %zu KiB of address space each are "
        "in "
        "use; fewer tasks at a time help, a smaller options::stack_bytes, or a higher limit (ulimit -v)",
        static_cast<unsigned long long>(t.id.load()), t.file.load(), t.line.load(), std::strerror(errno),
        static_cast<unsigned long long>(home.stacks.cut()), home.stacks.slot_bytes() / 1024);
  }
  t.stack = top;
  sanitizer_bind(t, top, home.stacks.usable_bytes());
  stack_pool::bind(top, &t);
  t.ctx.sp = arch::prepare_stack(top, home.stacks.usable_bytes(), &worker::task_main);
  t.ctx.caught = nullptr;
  t.ctx.uncaught = 0;
}

}  // namespace mn::detail
