// What a worker does that has nothing to run, on its native stack: it looks for work elsewhere, lingers, sleeps.
// The order and the invariants are in worker.hpp; why no wake-up is lost is in idle.hpp.
#include "arch/pause.hpp"
#include "deadlock.hpp"
#include "os/os.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {

void worker::loop() {
  for (;;) {
    if (retiring_ && !stay_retired()) return;
    task* t = pick();
    if (!t && !retiring_) {
      t = search();
      if (t && home.traced()) home.tracing.chose(*this, t);
    }
    if (retiring_) continue;
    if (!t || !pass_gate()) return;
    switch_to(t);
  }
}

task* worker::search() noexcept {
  for (;;) {
    if (home.stopping()) return nullptr;
    if ((home.attention.load(std::memory_order_relaxed) & attention_surplus) && retire()) return nullptr;
    const bool outside = look_outside();
    if (home.fire_timers(home.read_clock()) || outside) {
      if (task* t = take_hand_off()) return t;
      if (task* t = queue.pop(task_queue::ready_first)) return t;
    }
    if (task* t = home.take_injected()) return t;
    if (task* t = steal()) return t;
    if (task* t = linger()) return t;
    sleep_until_roused();
    home.watch.note_activity();  // also where it found work at the last moment: the monitor may have seen it asleep
  }
}

// True where there may be something in its own queue: what has happened outside, or what was there when a choice was
// given up for this (pass_choice).
bool worker::look_outside() noexcept {
  if (!home.net->in_use()) return false;
  const bool any = home.net->look(home.read_clock());
  return any || queue.size_hint() != 0 || has_hand_off();
}

task* worker::steal() noexcept {
  const auto& all = home.workers;
  for (std::size_t i = 1; i < all.size(); ++i) {
    worker& victim = all[(index_ + i + victim_) % all.size()];
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
  if (home.traced()) home.tracing.note(trace_kind::stole, n, victim.index_);
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
  if ((home.attention.load(std::memory_order_relaxed) & attention_chaos) && chaos_.one_in(2)) return nullptr;
  if (home.net->in_use() && !home.net->is_kept()) return nullptr;  // it should rather keep the poller
  if (home.settings.cores > home.cpus || home.lingering.exchange(true, std::memory_order_relaxed)) return nullptr;
  task* found = nullptr;
  const worker* watched = nullptr;
  std::uint32_t oldest = 0;
  std::int64_t since = 0;
  const bool tell = home.traced();
  if (tell) home.tracing.note(trace_kind::lingers);
  const std::int64_t began = os::now_ns();
  for (std::int64_t now = began; !found && now < began + lingers_at_most_ns && !home.stopping(); now = os::now_ns()) {
    if (home.has_injected() || home.clock.next_deadline() <= now) break;  // search() takes it
    found = steal();
    if (found) break;
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
  if (tell) home.tracing.note(trace_kind::lingered);
  home.lingering.store(false, std::memory_order_relaxed);
  return found;
}

void worker::sleep_until_roused() noexcept {
  home.note_idle();  // before it is listed: who finds all workers listed finds that done
  home.idle.announce(*this);
  bool work = home.stopping() || home.has_injected();
  for (const auto& w : home.workers)
    work = work || (w->overdue.load(std::memory_order_seq_cst) && w->queue.size_hint());
  poller::catch_of_events caught;
  if (!work) {
    biased_lock::leave();
    sleep_towards(home.clock.next_deadline(), caught);
  }
  if (!home.idle.withdraw(*this)) {
    // Somebody has taken us off the list and is about to say so: wait for it, or it would hit our next sleep.
    while (awake.load(std::memory_order_seq_cst) == 0) os::futex_wait(awake, 0, -1);
  }
  poller::hand_on(caught);
}

// Listed, with nothing to do: sleeps on its own word or in the poller, towards the earliest deadline if nobody else
// does.
void worker::sleep_towards(std::int64_t deadline, poller::catch_of_events& caught) noexcept {
  bool keeps_time = false;
  auto kept = home.timekeeper_ns.load(std::memory_order_relaxed);
  while (deadline < kept && !keeps_time) {
    keeps_time = home.timekeeper_ns.compare_exchange_weak(kept, deadline, std::memory_order_relaxed);
  }
  const bool keeps_poller = home.net->try_keep();
  if (home.traced()) {
    home.tracing.sample(*this);
    home.tracing.note_sleep(keeps_time ? sleep_reason::until_deadline : sleep_reason::until_work);
  }
  if (keeps_poller) in_poller.store(true, std::memory_order_seq_cst);
  // Pairs with rouse(): acquire, and sequentially consistent against `in_poller`.
  while (caught.count == 0 && awake.load(std::memory_order_seq_cst) == 0) {
    const std::int64_t left = keeps_time ? deadline - os::now_ns() : -1;
    if (keeps_time && left <= 0) break;
    if (keeps_poller) {
      home.net->wait(caught, left);
    } else {
      os::futex_wait(awake, 0, left);
    }
  }
  if (keeps_poller) {
    in_poller.store(false, std::memory_order_seq_cst);
    home.net->stop_keeping();
  }
  if (home.traced()) home.tracing.note(trace_kind::awake);
  if (keeps_time) {
    auto mine = deadline;  // an earlier keeper's deadline is left alone
    home.timekeeper_ns.compare_exchange_strong(mine, timers::never, std::memory_order_relaxed);
  }
}

// False where the runtime stops.
bool worker::stay_retired() noexcept {
  give_tasks_away(take_hand_off());  // only here: the switch to this stack may just have queued the task that gave way
  home.note_idle();
  home.roster.settle(*this);
  deadlock_watch::note_quiet();
  if (home.traced()) {
    home.tracing.sample(*this);
    home.tracing.note_sleep(sleep_reason::retired);
  }
  biased_lock::leave();
  // Acquire: pairs with the release in recall().
  while (recalled.load(std::memory_order_acquire) == 0) os::futex_wait(recalled, 0, -1);
  if (home.traced()) home.tracing.note(trace_kind::awake);
  retiring_ = false;
  return !home.stopping();
}

void worker::recall() noexcept {
  recalled.store(1, std::memory_order_release);
  os::futex_wake_one(recalled);
}

void worker::rouse() noexcept {
  awake.store(1, std::memory_order_seq_cst);
  if (in_poller.load(std::memory_order_seq_cst)) {
    home.net->ring();
  } else {
    os::futex_wake_one(awake);
  }
}

}  // namespace mn::detail
