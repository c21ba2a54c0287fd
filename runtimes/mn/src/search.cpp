// What a worker does that has nothing to run, on its native stack: it looks for work elsewhere, lingers, sleeps.
// The order and the invariants are in worker.hpp; why no wake-up is lost is in idle.hpp.
#include "arch/pause.hpp"
#include "os/os.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {

void worker::loop() {
  for (;;) {
    task* t = pick();
    if (!t) t = search();
    if (!t || !pass_gate()) return;
    switch_to(t);
  }
}

task* worker::search() noexcept {
  for (;;) {
    if (home.stopping()) return nullptr;
    if (home.fire_timers(home.read_clock())) {
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
    if ((found = steal()) != nullptr) break;
    for (const auto& w : home.workers) {
      if (w.get() == this || w->queue.size_hint() == 0) continue;
      const auto age = w->queue.oldest();
      if (age.empty) continue;
      if (watched != w.get() || age.oldest != oldest) {
        watched = w.get();
        oldest = age.oldest;
        since = now;
      } else if (now - since > wake_up_costs_ns) {
        found = steal_from(*w);
      }
      break;  // one queue is watched at a time
    }
    for (int i = 0; i < 32 && !found; ++i) arch::pause();
  }
  home.lingering.store(false, std::memory_order_relaxed);
  return found;
}

// True if it really slept.
bool worker::sleep_until_roused() noexcept {
  home.note_idle();  // before it is listed: who finds all workers listed finds that done
  home.idle.announce(*this);
  bool work = home.stopping() || home.has_injected();
  for (const auto& w : home.workers)
    work = work || (w->overdue.load(std::memory_order_seq_cst) && w->queue.size_hint());
  const std::int64_t deadline = home.clock.next_deadline();
  bool keeper = false;
  if (!work) {
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

}  // namespace mn::detail
