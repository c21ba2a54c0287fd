// How blocking objects reach the scheduler: see mn/detail/waiter.hpp for the contract.
#include <chrono>
#include <thread>

#include "arch/pause.hpp"
#include "blocked_threads.hpp"
#include "deadlock.hpp"
#include "mn/detail/waiter.hpp"
#include "mn/task.hpp"
#include "os/os.hpp"
#include "sanitizer.hpp"
#include "scheduler.hpp"
#include "select_wait.hpp"
#include "worker.hpp"

namespace mn::detail {

void spin_lock_contended(std::atomic<bool>& held) noexcept {
  // The holder is a few dozen instructions from its release, unless the system has taken its core: then spinning
  // is of no use, and the core is given up.
  for (;;) {
    for (int i = 0; held.load(std::memory_order_relaxed); ++i) {
      if (i < 100) {
        arch::pause();
      } else {
        std::this_thread::yield();
      }
    }
    if (!held.exchange(true, std::memory_order_acquire)) return;
  }
}

void identify(waiter& w, thread_parker& parker) noexcept {
  const unseen hidden;
  worker* here = current_worker();
  if (here && here->current) {
    w.owner = here->current;
  } else {
    w.thread = &parker;
    parker.listed = false;
  }
}

namespace {

void sleep_on(thread_parker& p, std::int64_t deadline_ns) noexcept {
  biased_lock::leave();
  // Acquire: pairs with the release in wake().
  while (p.woken.load(std::memory_order_acquire) == 0) {
    const std::int64_t left = deadline_ns < 0 ? -1 : deadline_ns - os::now_ns();
    if (deadline_ns >= 0 && left <= 0) return;
    os::futex_wait(p.woken, 0, left);
  }
}

// Inlined into the two that wake: it is half of every hand-off.
[[gnu::always_inline]] inline void end_wait(waiter& w, bool soon) noexcept {
  if (w.owner) {
    w.owner->home->ready(*w.owner, soon);
  } else {
    thread_parker& p = *w.thread;
    blocked_threads::instance().leave(p);
    p.woken.store(1, std::memory_order_release);
    // The owner may be gone by now; waking an address nobody waits on does nothing.
    os::futex_wake_one(p.woken);
  }
}

}  // namespace

namespace {

template <class Lock>
[[gnu::always_inline]] inline void park_and_unlock(waiter& w, Lock& lock, wait_reason why, const void* on) noexcept {
  if (w.owner) {
    current_worker()->park_unlock(lock, why, on);
  } else {
    thread_parker& p = *w.thread;  // w may be read no more once it can be woken
    blocked_threads::instance().enter(p, why, on);
    lock.unlock();
    deadlock_watch::note_quiet();
    sleep_on(p, -1);
  }
}

}  // namespace

void park_unlock(waiter& w, spin_lock& lock, wait_reason why, const void* on) noexcept {
  park_and_unlock(w, lock, why, on);
}
void park_unlock(waiter& w, biased_lock& lock, wait_reason why, const void* on) noexcept {
  park_and_unlock(w, lock, why, on);
}

void wake(waiter& w) noexcept {
  end_wait(w, true);
}
void wake_select(waiter& w) noexcept {
  end_wait(w, false);
}

void let_woken_run() noexcept {
  const unseen hidden;
  worker* w = current_worker();
  if (w && w->current) w->yield();
}

bool park_select(task* owner, thread_parker& parker, select_claim& claim, std::int64_t deadline_ns, wait_reason why,
                 const void* on) noexcept {
  if (owner) {
    struct parking {
      task* owner;
      select_claim* claim;
      bool too_late = false;
    } p{owner, &claim};
    current_worker()->park(
        [](void* arg) {
          auto* now = static_cast<parking*>(arg);  // gone as soon as the owner can be woken
          auto expected = claim_state::open;
          task* waits = now->owner;
          // Release: whoever claims it from now on resumes the owner, whose context is saved.
          if (!now->claim->state.compare_exchange_strong(expected, claim_state::parked, std::memory_order_acq_rel,
                                                         std::memory_order_acquire)) {
            now->too_late = true;
            waits->home->ready_after_all(*waits);
          }
        },
        &p, why, on);
    if (p.too_late) take_over(&claim.state);  // found decided unseen: the task comes after whoever decided it
    return !p.too_late;
  }
  const auto may_sleep = [&claim] {
    auto expected = claim_state::open;
    return claim.state.compare_exchange_strong(expected, claim_state::parked, std::memory_order_acq_rel,
                                               std::memory_order_acquire);
  };
  if (deadline_ns < 0) {
    if (!blocked_threads::instance().enter_if(parker, why, on, may_sleep)) {
      take_over(&claim.state);  // as above
      return false;
    }
    deadlock_watch::note_quiet();
  } else if (!may_sleep()) {
    return false;
  }
  sleep_on(parker, deadline_ns);
  if (parker.woken.load(std::memory_order_acquire) != 0) return true;
  if (try_claim(claim) == claim_result::lost) {
    sleep_on(parker, -1);  // somebody won at the last moment and is about to wake us
    return true;
  }
  claim.winner = timed_out;
  return false;
}

// Starting and giving way

task* acquire_task() {
  const unseen hidden;
  worker* w = current_worker();
  if (!w || !w->current)
    throw not_in_a_task("mn: a task was started outside a task; use runtime::go(), spawn() or run()");
  task* t = w->blocks.take();
  t->home = &w->home;
  return t;
}

task* acquire_task(scheduler& home) {
  if (home.refuses_tasks()) throw runtime_stopped();
  const unseen hidden;
  task* t = home.blocks.take_one();
  t->home = &home;
  return t;
}

void discard(task& t) noexcept {
  const unseen hidden;
  t.home->blocks.give_one(&t);
}

void submit(task& t, const std::source_location& where) noexcept {
  hand_over(order_of(t));
  const unseen hidden;
  worker* w = current_worker();
  if (w && &w->home == t.home) {
    announce(t, where, w->new_id());
    if (t.home->traced()) [[unlikely]]
      t.home->tracing.spawned(t);
    w->spawn(t);
  } else {
    announce(t, where, t.home->take_ids(1));
    if (t.home->traced()) t.home->tracing.spawned(t);
    t.home->count_injected_start();
    t.home->inject(t);
  }
}

}  // namespace mn::detail

namespace mn {

void yield() noexcept {
  const detail::unseen hidden;
  auto* w = detail::current_worker();
  if (w && w->current) {
    w->yield();
  } else {
    std::this_thread::yield();
  }
}

namespace {

void sleep_to(std::int64_t deadline_ns) {
  auto* w = detail::current_worker();
  if (!w || !w->current) {
    std::this_thread::sleep_until(time_point(std::chrono::nanoseconds(deadline_ns)));
    return;
  }
  struct sleeper : detail::timer {
    detail::task* owner;
  } s{};
  s.owner = w->current;
  s.deadline_ns = deadline_ns;
  s.fired = [](detail::timer& t) {
    auto* owner = static_cast<sleeper&>(t).owner;
    owner->home->ready(*owner, false);
  };
  auto& clock = w->home.clock;
  clock.lock.lock();
  try {
    clock.add_locked(s);
  } catch (...) {
    clock.lock.unlock();
    throw;
  }
  w->park_unlock(clock.lock, detail::wait_reason::sleep, nullptr);
}

}  // namespace

void sleep_for(std::chrono::nanoseconds d) {
  if (d > d.zero()) sleep_to(detail::timers::later(os::now_ns(), d.count()));
}

void sleep_until(time_point at) {
  const std::int64_t deadline_ns = std::chrono::nanoseconds(at.time_since_epoch()).count();
  if (deadline_ns > os::now_ns()) sleep_to(deadline_ns);
}

}  // namespace mn
