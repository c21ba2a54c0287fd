#include "worker.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <utility>

#include "arch/pause.hpp"
#include "arch/switch.hpp"
#include "os/os.hpp"
#include "sanitizer.hpp"
#include "scheduler.hpp"

namespace mn::detail {
namespace {

thread_local worker* this_worker = nullptr;

// The public part of the Itanium ABI's per-thread exception state.
struct exception_globals {
  void* caught;
  unsigned uncaught;
};

}  // namespace

worker* current_worker() noexcept {
  asm volatile("");  // not pure: the answer may change across a switch
  return this_worker;
}

worker::worker(scheduler& owner, unsigned index) : home(owner), blocks(owner.blocks), index_(index), victim_(index) {}

void worker::start() {
  thread_ = std::thread([this] {
    char name[16];
    std::snprintf(name, sizeof name, "mn worker %u", index_);
    os::name_thread(name);
    this_worker = this;
    exceptions_ = abi::__cxa_get_globals();
    sanitizer_adopt_thread(native_);
    if (home.settings.on_worker_start) home.settings.on_worker_start();
    loop();
    this_worker = nullptr;
  });
}

void worker::join() {
  if (thread_.joinable()) thread_.join();
}

// Choosing

void worker::pass_choice() noexcept {
  choices_.store(choices() + 1, std::memory_order_relaxed);  // read by the monitor, only to see that it moves
  if (--until_look_ == 0) look();
}

task* worker::pick() noexcept {
  pass_choice();
  spawned_ = 0;
  if (choices() % choices_between_shared == 0 && home.has_injected()) {
    if (task* t = home.take_injected()) return t;
  }
  if (hand_offs_ < hand_offs_in_a_row) {
    if (task* t = take_hand_off()) {
      ++hand_offs_;
      return t;
    }
  }
  hand_offs_ = 0;
  const auto order = std::exchange(fresh_starves_, false) ? task_queue::oldest_fresh_first
                     : fresh_runs_ > 0                    ? task_queue::newest_fresh_first
                                                          : task_queue::ready_first;
  if (fresh_runs_ > 0) --fresh_runs_;
  if (task* t = queue.pop(order)) {
    if (t->stack) fresh_runs_ = 0;
    return t;
  }
  return take_hand_off();
}

task* worker::take_hand_off() noexcept {
  // Acquire: pairs with the release in hand_off(), for the monitor, which is another thread.
  if (!hand_off_.load(std::memory_order_relaxed)) return nullptr;
  return hand_off_.exchange(nullptr, std::memory_order_acquire);
}

void worker::hand_off(task& t) noexcept {
  // Only this thread stores a task; the monitor at most empties the slot.
  if (!hand_off_.load(std::memory_order_relaxed)) {
    hand_off_.store(&t, std::memory_order_release);
  } else if (task* displaced = hand_off_.exchange(&t, std::memory_order_acq_rel)) {
    queue.push_ready(*displaced);
  }
}

void worker::spawn(task& t) noexcept {
  count(started);
  queue.push_fresh(t);
  if (--until_look_ == 0) look();
  if (++spawned_ >= spawns_in_a_row && current) {
    fresh_runs_ = spawns_in_a_row;
    give_way();
  }
}

// Fires due timers, and opens the queue to others when its oldest task has waited too long: what was the newest task
// at the last mark is still there after longer than a wake-up costs.
void worker::look() noexcept {
  const std::int64_t now = os::now_ns();
  // About as often as a wake-up costs: every 32 choices where they are short, at each one where a task runs long.
  const std::int64_t since = now - looked_ns_;
  looked_ns_ = now;
  if (since > wake_up_costs_ns) {
    look_every_ = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(look_every_ * wake_up_costs_ns / since));
  } else if (since < wake_up_costs_ns / 2) {
    look_every_ = std::min(choices_between_looks, 2 * look_every_);
  }
  until_look_ = look_every_;

  home.fire_timers(now);
  if (queue.size_hint() == 0) return;
  const auto age = queue.oldest();
  if (age.empty) return;
  if (static_cast<std::int32_t>(age.oldest - mark_) > 0) {
    mark_ = age.newest;
    mark_ns_ = now;
    return;
  }
  fresh_starves_ = age.fresh && now - mark_ns_ > fresh_waits_at_most_ns;
  if (now - mark_ns_ > wake_up_costs_ns) {
    overdue.store(true, std::memory_order_seq_cst);
    home.ask_for_help();
  }
}

// Searching, on the native stack

void worker::loop() {
  for (;;) {
    task* t = pick();
    if (!t) t = search();
    if (!t) return;
    switch_to(t);
  }
}

task* worker::search() noexcept {
  for (;;) {
    if (home.stopping()) return nullptr;
    if (home.fire_timers(os::now_ns())) {
      if (task* t = queue.pop(task_queue::ready_first)) return t;
    }
    if (task* t = home.take_injected()) return t;
    if (task* t = steal()) return t;
    if (task* t = linger()) return t;
    if (sleep_until_roused()) home.watch.note_activity();
  }
}

task* worker::steal() noexcept {
  const auto& all = home.workers;
  for (std::size_t i = 1; i < all.size(); ++i) {
    worker& victim = *all[(index_ + i + victim_) % all.size()];
    if (&victim == this || !victim.overdue.load(std::memory_order_seq_cst)) continue;
    if (task* t = steal_from(victim)) return t;
  }
  ++victim_;
  return nullptr;
}

task* worker::steal_from(worker& victim) noexcept {
  victim.overdue.store(false, std::memory_order_relaxed);  // its owner or the monitor says so again if it still is
  task_fifo taken;
  const std::size_t n = victim.queue.steal_half(taken, stolen_at_most);
  if (n == 0) return nullptr;
  count(steals, n);
  task* first = taken.pop_front();
  while (task* t = taken.pop_front()) {
    if (t->stack) {
      queue.push_ready(*t);
    } else {
      queue.push_fresh(*t);
    }
  }
  return first;
}

// Before it sleeps, one worker at a time stays a moment and looks by itself which queue's oldest task waits longer than
// a wake-up costs: a task that runs long without a switch does not let its own worker look.
task* worker::linger() noexcept {
  if (home.workers.size() > home.cpus || home.lingering.exchange(true, std::memory_order_relaxed)) return nullptr;
  task* found = nullptr;
  const worker* watched = nullptr;
  std::uint32_t oldest = 0;
  std::int64_t since = 0;
  const std::int64_t began = os::now_ns();
  for (std::int64_t now = began; !found && now < began + lingers_at_most_ns && !home.stopping(); now = os::now_ns()) {
    if (home.has_injected() || home.clock.next_deadline() <= now) break;  // search() takes it
    for (const auto& w : home.workers) {
      if (w.get() == this || w->queue.size_hint() == 0) continue;
      const auto age = w->queue.oldest();
      if (age.empty) continue;
      if (w->overdue.load(std::memory_order_relaxed) ||
          (watched == w.get() && age.oldest == oldest && now - since > wake_up_costs_ns)) {
        found = steal_from(*w);
        break;
      }
      if (watched != w.get() || age.oldest != oldest) {
        watched = w.get();
        oldest = age.oldest;
        since = now;
      }
      break;
    }
    for (int i = 0; i < 32 && !found; ++i) arch::pause();
  }
  home.lingering.store(false, std::memory_order_relaxed);
  return found;
}

// True if it really slept.
bool worker::sleep_until_roused() noexcept {
  home.idle.announce(*this);
  bool work = home.stopping() || home.has_injected();
  for (const auto& w : home.workers)
    work = work || (w->overdue.load(std::memory_order_seq_cst) && w->queue.size_hint());
  const std::int64_t deadline = home.clock.next_deadline();
  bool keeper = false;
  if (!work) {
    home.note_idle();
    auto kept = home.timekeeper_ns.load(std::memory_order_relaxed);
    while (deadline < kept && !keeper) {
      keeper = home.timekeeper_ns.compare_exchange_weak(kept, deadline, std::memory_order_relaxed);
    }
    // Acquire: pairs with the release in rouse().
    while (awake.load(std::memory_order_acquire) == 0) {
      const std::int64_t left = keeper ? deadline - os::now_ns() : -1;
      if (keeper && left <= 0) break;
      os::futex_wait(awake, 0, left);
    }
    if (keeper) {
      auto mine = deadline;  // an earlier keeper's deadline is left alone
      home.timekeeper_ns.compare_exchange_strong(mine, timers::never, std::memory_order_relaxed);
    }
  }
  if (!home.idle.withdraw(*this)) {
    // Somebody has taken us off the list and is about to say so: wait for it, or it would hit our next sleep.
    while (awake.load(std::memory_order_acquire) == 0) os::futex_wait(awake, 0, -1);
  }
  return !work;
}

void worker::rouse() noexcept {
  awake.store(1, std::memory_order_release);
  os::futex_wake_one(awake);
}

// Switching

void worker::park(void (*after)(void*), void* arg) noexcept {
  pending_ = {after, arg};
  switch_to(pick());
}

void worker::yield() noexcept {
  if (queue.size_hint() == 0 && !hand_off_.load(std::memory_order_relaxed) && !home.has_injected()) {
    pass_choice();
    return;
  }
  fresh_runs_ = 1;  // fresh ones too, or a task that yields in a loop would wait for them in vain
  give_way();
}

void worker::give_way() noexcept {
  current->state.store(task_state::ready, std::memory_order_relaxed);
  pending_ = {[](void* t) { current_worker()->queue.push_ready(*static_cast<task*>(t)); }, current};
  switch_to(pick());
}

void worker::switch_to(task* next) noexcept {
  context& from = current ? current->ctx : native_;
  if (next) {
    if (!next->stack) bind_stack(*next);
    next->state.store(task_state::running, std::memory_order_relaxed);
  }
  current = next;
  count(switches);
  change(from, next ? next->ctx : native_, false);
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
  if (auto* act = w->pending_.act) {
    w->pending_.act = nullptr;
    act(w->pending_.arg);
  }
}

// The bottom of every task's stack. One stack serves many tasks, one after the other; under a sanitizer each task has
// a stack of its own, so that it is told apart from the one before.
void worker::task_main() noexcept {
  finish_switch();
  for (;;) {
    task* t = current_worker()->current;
    run_closure(*t);
    worker* w = current_worker();  // the task may have moved
    w->count(w->ended);
    task* next = w->pick();
    if (sanitized || !next || next->stack) w->leave_for_good(next);
    next->stack = t->stack;
    next->state.store(task_state::running, std::memory_order_relaxed);
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
    os::fail("mn: an exception left the task spawned at %s:%u: %s", t.file, t.line, what);
  } catch (...) {
    os::fail("mn: an exception left the task spawned at %s:%u: %s", t.file, t.line, what);
  }
}

void worker::recycle(task& t) noexcept {
  t.stack = nullptr;
  t.state.store(task_state::recycled, std::memory_order_relaxed);
  blocks.give(&t);
}

// Leaves the stack of the current task, which has ended; its block and its stack are given back from the other side.
void worker::leave_for_good(task* next) noexcept {
  task* ended_task = current;
  pending_ = {[](void* p) {
                worker* w = current_worker();
                auto& t = *static_cast<task*>(p);
                sanitizer_release(t.ctx);
                w->give_stack(t.stack);
                w->recycle(t);
              },
              ended_task};
  if (next) {
    if (!next->stack) bind_stack(*next);
    next->state.store(task_state::running, std::memory_order_relaxed);
  }
  current = next;
  count(switches);
  change(ended_task->ctx, next ? next->ctx : native_, true);
  os::fail("mn: a task that has ended was resumed");
}

// Stacks

void worker::bind_stack(task& t) noexcept {
  void* top = nullptr;
  if (stacks_) {
    top = stack_pool::top_of(stacks_);
    stacks_ = stacks_->next;
    --stacks_count_;
  } else {
    top = home.stacks.acquire();
  }
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

void worker::give_stack(void* top) noexcept {
  free_stack* s = stack_pool::as_free(top);
  s->next = stacks_;
  stacks_ = s;
  if (++stacks_count_ < 2 * cached_stacks) return;
  // Keep the warmest, give the others.
  free_stack* last_kept = stacks_;
  for (std::size_t i = 1; i < cached_stacks; ++i) last_kept = last_kept->next;
  free_stack* first = last_kept->next;
  free_stack* last = first;
  while (last->next) last = last->next;
  last_kept->next = nullptr;
  stacks_count_ = cached_stacks;
  home.stacks.release(first, last);
}

}  // namespace mn::detail
