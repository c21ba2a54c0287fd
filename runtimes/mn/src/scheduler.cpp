#include "scheduler.hpp"

#include <bit>
#include <string>
#include <system_error>

#include "blocked_threads.hpp"
#include "deadlock.hpp"
#include "os/os.hpp"
#include "registry.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

options checked(options o) {
  if (o.cores == 0) o.cores = os::allowed_cpus();
  if (o.cores > 4096) throw bad_option("mn: " + std::to_string(o.cores) + " cores; at most 4096 workers are sensible");
  constexpr std::size_t least = 16 * 1024, most = std::size_t{1} << 40;
  if (o.stack_bytes < least || o.stack_bytes > most) {
    throw bad_option("mn: a stack of " + std::to_string(o.stack_bytes) + " bytes; from 16 KiB to 1 TiB are possible");
  }
  o.stack_bytes = std::bit_ceil(o.stack_bytes);
  return o;
}

}  // namespace

scheduler::scheduler(const options& o)
    : settings(checked(o)), stacks(settings.stack_bytes), cpus(os::allowed_cpus()), watch(*this) {
  idle.reserve(settings.cores);
  for (unsigned i = 0; i < settings.cores; ++i) workers.push_back(std::make_unique<worker>(*this, i));
  try {
    for (auto& w : workers) w->start();
    watch.start();
    registry::instance().add(*this);
  } catch (const std::system_error& e) {
    stopping_.store(true, std::memory_order_seq_cst);
    idle.wake_all();
    for (auto& w : workers) w->join();
    throw out_of_resources(std::string("mn: cannot start a worker thread: ") + e.what());
  }
}

scheduler::~scheduler() {
  wait_until_quiet();
  registry::instance().remove(*this);
  watch.stop();
  stopping_.store(true, std::memory_order_seq_cst);
  idle.wake_all();
  for (auto& w : workers) w->join();
}

void scheduler::inject(task& t) noexcept {
  {
    std::lock_guard hold(injected_lock_);
    injected_.push_back(t);
    injected_count_.store(injected_count_.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
  }
  idle.wake_one();
}

task* scheduler::take_injected() noexcept {
  if (!has_injected()) return nullptr;
  std::lock_guard hold(injected_lock_);
  task* t = injected_.pop_front();
  if (t) injected_count_.store(injected_count_.load(std::memory_order_relaxed) - 1, std::memory_order_seq_cst);
  return t;
}

void scheduler::ready(task& t, bool soon) noexcept {
  t.state.store(task_state::ready, std::memory_order_release);
  worker* w = current_worker();
  if (!w || &w->home != this) {
    inject(t);
  } else if (soon) {
    w->hand_off(t);
  } else {
    w->queue_ready(t);
  }
}

std::int64_t scheduler::read_clock() noexcept {
  const std::int64_t now = os::now_ns();
  const auto ms = static_cast<std::uint32_t>(now / 1'000'000);
  // Written only when it changes, so that its line stays shared among the workers.
  if (coarse_ms.load(std::memory_order_relaxed) != ms) coarse_ms.store(ms, std::memory_order_relaxed);
  return now;
}

bool scheduler::fire_timers(std::int64_t now) noexcept {
  return clock.next_deadline() <= now && clock.fire(now) > 0;
}

bool scheduler::all_tasks_ended() const noexcept {
  // Counts only grow, and a task is counted as started before it can be counted as ended. All ends are read before
  // any start: if the sums are equal, no task was alive at the moment in between.
  std::uint64_t ended = 0;
  for (const auto& w : workers) ended += w->ended.load(std::memory_order_acquire);
  std::uint64_t started = injected_started_.load(std::memory_order_acquire);
  for (const auto& w : workers) started += w->started.load(std::memory_order_acquire);
  return ended == started;
}

bool scheduler::wait_until_quiet(std::int64_t deadline_ns) noexcept {
  // Two read-modify-writes of one word meet in one order (here and in note_idle): either ours is later, and we see
  // every end that the idle worker had seen; or its is later, and it sees that we wait.
  quiet_wanted_.fetch_add(1, std::memory_order_acq_rel);
  bool quiet = false;
  for (;;) {
    const auto seen = quiet_seen_.load(std::memory_order_acquire);
    quiet = all_tasks_ended();
    if (quiet || abandoned() || (deadline_ns >= 0 && os::now_ns() >= deadline_ns)) break;
    const auto unchanged = [&] { return quiet_seen_.load(std::memory_order_acquire) == seen; };
    thread_parker self;
    if (deadline_ns < 0) {
      if (!blocked_threads::instance().enter_if(self, wait_reason::runtime, this, unchanged)) continue;
      deadlock_watch::note_blocked_thread();
    }
    while (unchanged()) {
      const std::int64_t left = deadline_ns < 0 ? -1 : deadline_ns - os::now_ns();
      if (deadline_ns >= 0 && left <= 0) break;
      os::futex_wait(quiet_seen_, seen, left);
    }
  }
  quiet_wanted_.fetch_sub(1, std::memory_order_relaxed);
  return quiet;
}

void scheduler::note_idle() noexcept {
  if (quiet_wanted_.fetch_add(0, std::memory_order_acq_rel) == 0 || !all_tasks_ended()) return;
  wake_those_who_want_quiet();
}

void scheduler::wake_those_who_want_quiet() noexcept {
  // Release: pairs with the acquires in wait_until_quiet().
  blocked_threads::instance().leave_all(wait_reason::runtime, this,
                                        [this] { quiet_seen_.fetch_add(1, std::memory_order_release); });
  os::futex_wake_all(quiet_seen_);
}

statistics scheduler::stats() noexcept {
  statistics s;
  s.tasks_started = injected_started_.load(std::memory_order_relaxed);
  for (const auto& w : workers) {
    s.tasks_started += w->started.load(std::memory_order_relaxed);
    s.tasks_ended += w->ended.load(std::memory_order_relaxed);
    s.switches += w->switches.load(std::memory_order_relaxed);
    s.hand_offs += w->hand_offs.load(std::memory_order_relaxed);
    s.steals += w->steals.load(std::memory_order_relaxed);
    s.tasks_running += w->current != nullptr;
    s.tasks_queued += w->queued_hint();
    s.stacks_cached += w->cached_stacks_hint();
  }
  s.tasks_queued += injected_count_.load(std::memory_order_relaxed);
  // What is alive, neither runs nor is queued, is parked; of values of different moments not less than nothing.
  const auto elsewhere = s.tasks_ended + s.tasks_running + s.tasks_queued;
  s.tasks_parked = s.tasks_started > elsewhere ? s.tasks_started - elsewhere : 0;
  s.workers_asleep = idle.count();
  s.blocking_calls = blocking_calls.load(std::memory_order_relaxed);
  s.wake_ups = idle.wake_ups();
  s.timers_fired = clock.fired();
  s.stacks = stacks.cut();
  s.stacks_cached += stacks.free();
  s.stacks_in_use = s.stacks > s.stacks_cached ? s.stacks - s.stacks_cached : 0;
  s.unguarded_stacks = stacks.unguarded();
  s.guards = stacks.guards();
  return s;
}

}  // namespace mn::detail
