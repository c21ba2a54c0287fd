// How blocking objects reach the scheduler: see mn/detail/waiter.hpp for the contract.
#include <chrono>
#include <thread>

#include "arch/pause.hpp"
#include "blocked_threads.hpp"
#include "deadlock.hpp"
#include "mn/detail/waiter.hpp"
#include "mn/task.hpp"
#include "os/os.hpp"
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
  // Acquire: pairs with the release in wake().
  while (p.woken.load(std::memory_order_acquire) == 0) {
    const std::int64_t left = deadline_ns < 0 ? -1 : deadline_ns - os::now_ns();
    if (deadline_ns >= 0 && left <= 0) return;
    os::futex_wait(p.woken, 0, left);
  }
}

void end_wait(waiter& w, bool soon) noexcept {
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

void park_unlock(waiter& w, spin_lock& lock, wait_reason why, const void* on) noexcept {
  if (w.owner) {
    current_worker()->park_unlock(lock, why, on);
  } else {
    thread_parker& p = *w.thread;  // w may be read no more once it can be woken
    blocked_threads::instance().enter(p, why, on);
    lock.unlock();
    deadlock_watch::note_blocked_thread();
    sleep_on(p, -1);
  }
}

void wake(waiter& w) noexcept {
  end_wait(w, true);
}
void wake_select(waiter& w) noexcept {
  end_wait(w, false);
}

void park_select(task* owner, thread_parker& parker, select_claim& claim, std::int64_t deadline_ns) noexcept {
  if (owner) {
    struct parking {
      task* owner;
      select_claim* claim;
    } p{owner, &claim};
    current_worker()->park(
        [](void* arg) {
          const parking now = *static_cast<parking*>(arg);  // gone as soon as the owner can be woken
          auto expected = claim_state::open;
          // Release: whoever claims it from now on resumes the owner, whose context is saved.
          if (!now.claim->state.compare_exchange_strong(expected, claim_state::parked, std::memory_order_acq_rel,
                                                        std::memory_order_acquire)) {
            now.owner->home->ready(*now.owner, true);
          }
        },
        &p, wait_reason::select, nullptr);
    return;
  }
  const auto may_sleep = [&claim] {
    auto expected = claim_state::open;
    return claim.state.compare_exchange_strong(expected, claim_state::parked, std::memory_order_acq_rel,
                                               std::memory_order_acquire);
  };
  if (deadline_ns < 0) {
    if (!blocked_threads::instance().enter_if(parker, wait_reason::select, nullptr, may_sleep)) return;
    deadlock_watch::note_blocked_thread();
  } else if (!may_sleep()) {
    return;
  }
  sleep_on(parker, deadline_ns);
  if (parker.woken.load(std::memory_order_acquire) != 0) return;
  if (try_claim(claim) == claim_result::lost) {
    sleep_on(parker, -1);  // somebody won at the last moment and is about to wake us
  } else {
    claim.winner = timed_out;
  }
}

// Starting and giving way

task* acquire_task() {
  worker* w = current_worker();
  if (!w || !w->current) throw not_in_a_task("mn: go() was called outside a task; use runtime::go() or runtime::run()");
  task* t = w->blocks.take();
  t->home = &w->home;
  return t;
}

task* acquire_task(scheduler& home) {
  if (home.refuses_tasks()) throw runtime_stopped();
  task* t = home.blocks.take_one();
  t->home = &home;
  return t;
}

void discard(task& t) noexcept {
  t.home->blocks.give_one(&t);
}

void submit(task& t, const std::source_location& where) noexcept {
  worker* w = current_worker();
  const bool here = w && &w->home == t.home;
  // Release, and the number last: see task_pool.hpp, "Looking at a task".
  t.file.store(where.file_name(), std::memory_order_release);
  t.line.store(where.line(), std::memory_order_release);
  t.stack = nullptr;
  t.state.store(task_state::fresh, std::memory_order_release);
  t.id.store(here ? w->new_id() : t.home->take_ids(1), std::memory_order_release);
  if (here) {
    w->spawn(t);
  } else {
    t.home->count_injected_start();
    t.home->inject(t);
  }
}

}  // namespace mn::detail

namespace mn {

void yield() noexcept {
  auto* w = detail::current_worker();
  if (w && w->current) {
    w->yield();
  } else {
    std::this_thread::yield();
  }
}

void sleep_for(std::chrono::nanoseconds d) {
  if (d <= d.zero()) return;
  auto* w = detail::current_worker();
  if (!w || !w->current) {
    std::this_thread::sleep_for(d);
    return;
  }
  struct alarm : detail::timer {
    detail::task* owner;
  } a{};
  a.owner = w->current;
  a.deadline_ns = os::now_ns() + d.count();
  a.fired = [](detail::timer& t) {
    auto* owner = static_cast<alarm&>(t).owner;
    owner->home->ready(*owner, false);
  };
  auto& clock = w->home.clock;
  clock.lock.lock();
  try {
    clock.add_locked(a);
  } catch (...) {
    clock.lock.unlock();
    throw;
  }
  w->park_unlock(clock.lock, detail::wait_reason::sleep, nullptr);
}

}  // namespace mn
