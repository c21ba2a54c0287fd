#include "scheduler.hpp"

#include <bit>
#include <string>
#include <system_error>

#include "bare_clock.hpp"
#include "os/os.hpp"
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
  } catch (const std::system_error& e) {
    stopping_.store(true, std::memory_order_seq_cst);
    idle.wake_all();
    for (auto& w : workers) w->join();
    throw out_of_resources(std::string("mn: cannot start a worker thread: ") + e.what());
  }
}

scheduler::~scheduler() {
  leave_clock();
  watch.stop();
  stopping_.store(true, std::memory_order_seq_cst);
  idle.wake_all();
  for (auto& w : workers) w->join();
  clock.dismiss_orphans();
  if (shared_clock.use_count() > 1) bare_clock::adopt(shared_clock);
}

// From here on no timer starts a task: whether any is left is looked at while no timer can fire.
void scheduler::leave_clock() noexcept {
  for (;;) {
    wait_until_quiet();
    std::lock_guard hold(clock.lock);
    if (!all_tasks_ended()) continue;
    clock.leave_home_locked();
    return;
  }
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
  t.state.store(task_state::ready, std::memory_order_relaxed);
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
  return clock.next_deadline() <= now && clock.fire(now, this) > 0;
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

void scheduler::wait_until_quiet() noexcept {
  // Two read-modify-writes of one word meet in one order (here and in note_idle): either ours is later, and we see
  // every end that the idle worker had seen; or its is later, and it sees that we wait.
  quiet_wanted_.fetch_add(1, std::memory_order_acq_rel);
  for (;;) {
    const auto seen = quiet_seen_.load(std::memory_order_acquire);
    if (all_tasks_ended()) break;
    os::futex_wait(quiet_seen_, seen, -1);
  }
  quiet_wanted_.fetch_sub(1, std::memory_order_relaxed);
}

void scheduler::note_idle() noexcept {
  if (quiet_wanted_.fetch_add(0, std::memory_order_acq_rel) == 0 || !all_tasks_ended()) return;
  quiet_seen_.fetch_add(1, std::memory_order_release);
  os::futex_wake_one(quiet_seen_);
}

statistics scheduler::stats() noexcept {
  statistics s;
  s.tasks_started = injected_started_.load(std::memory_order_relaxed);
  for (const auto& w : workers) {
    s.tasks_started += w->started.load(std::memory_order_relaxed);
    s.tasks_ended += w->ended.load(std::memory_order_relaxed);
    s.switches += w->switches.load(std::memory_order_relaxed);
    s.steals += w->steals.load(std::memory_order_relaxed);
  }
  s.stacks = stacks.cut();
  s.unguarded_stacks = stacks.unguarded();
  s.guards = stacks.guards();
  return s;
}

}  // namespace mn::detail
