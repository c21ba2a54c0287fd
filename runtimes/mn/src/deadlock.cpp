#include "deadlock.hpp"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <utility>

#include "blocked_threads.hpp"
#include "dump.hpp"
#include "monitor.hpp"
#include "os/process.hpp"
#include "registry.hpp"
#include "scheduler.hpp"
#include "wait_text.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

/// How many monitors rest and look for deadlocks.
std::atomic<std::uint32_t> resting{0};

/// How often workers have left their sleep, over all runtimes; empty where one is awake. Workers that go from one kind
/// of sleep to the other between the two looks may be counted twice; but then the next sum is another one.
std::optional<std::uint64_t> departures(const registry& all) noexcept {
  std::uint64_t sum = 0;  // of numbers that only grow: unchanged means that each is
  for (scheduler* s = all.first(); s; s = s->next_runtime) {
    const auto spares = s->roster.look();
    const auto sleepers = s->idle.look();
    if (sleepers.asleep + spares.settled != s->started_threads()) return {};
    sum += sleepers.departures + spares.recalls;
  }
  return sum;
}

/// Nothing of this runtime moves by itself, and every task is parked. The tasks last: there may be many.
bool at_rest(const scheduler& s) noexcept {
  // A timer that is being fired is set no more: the monitor says before that it looks.
  if (s.clock.next_deadline() != timers::never || s.watch.looking()) return false;
  if (s.has_injected()) return false;
  bool rest = true;
  s.blocks.each([&](const task& t) {
    if (t.id.load(std::memory_order_acquire) == 0) return;
    rest = rest && t.state.load(std::memory_order_relaxed) == task_state::parked &&
           !comes_from_outside(t.waits_for.load(std::memory_order_relaxed));
  });
  return rest;
}

/// What has been reported is reported once.
struct moment {
  std::uint64_t departures;
  std::uint64_t blocked;
  friend bool operator==(const moment&, const moment&) = default;
};
std::optional<moment> reported;  // under the registry's lock

}  // namespace

void deadlock_watch::note_quiet() noexcept {
  // Either the monitor counts itself before this, and is called; or it looks after that, and finds what the caller has
  // written: the lock under which that was done orders the two.
  if (resting.load(std::memory_order_seq_cst) != 0) monitor::call_all();
}

void deadlock_watch::begin() noexcept {
  interval_ns_ = first_interval_ns;
  if (looks()) resting.fetch_add(1, std::memory_order_seq_cst);
}

void deadlock_watch::end() noexcept {
  if (looks()) resting.fetch_sub(1, std::memory_order_seq_cst);
}

bool deadlock_watch::looks() const noexcept {
  return watched_.settings.on_deadlock != deadlock_action::ignore;
}

deadlock_watch::verdict deadlock_watch::judge() noexcept {
  auto& all = registry::instance();
  auto& blocked = blocked_threads::instance();
  std::lock_guard hold(all.lock);

  const auto before = departures(all);
  if (!before) return verdict::others_look;
  const auto waiting = blocked.now();
  bool tasks = false;
  for (scheduler* s = all.first(); s; s = s->next_runtime) {
    if (s->all_tasks_ended()) continue;
    if (s->settings.on_deadlock == deadlock_action::ignore) return verdict::others_look;
    tasks = true;
  }
  if (!tasks && waiting.threads == 0) return verdict::all_is_well;

  const std::size_t own = all.own_threads();
  const std::size_t threads = os::count_threads();  // the moment t
  if (threads != own + waiting.threads) return verdict::threads_may_wake;

  if (!all.helpers_rest()) return verdict::in_motion;
  for (scheduler* s = all.first(); s; s = s->next_runtime) {
    if (!at_rest(*s)) return verdict::others_look;
  }
  // In this order: a worker that was overlooked before, as its thread was not counted yet, has told those who wait by
  // the time that it is seen asleep.
  if (departures(all) != before || blocked.now() != waiting) return verdict::in_motion;
  if (os::list_threads() != threads) return verdict::in_motion;

  if (reported == moment{*before, waiting.version}) return verdict::all_is_well;
  reported = moment{*before, waiting.version};
  return verdict::deadlock;
}

std::int64_t deadlock_watch::look() noexcept {
  if (!looks()) return -1;
  switch (judge()) {
    case verdict::all_is_well:
    case verdict::others_look: return -1;
    case verdict::deadlock: act(); return -1;
    case verdict::threads_may_wake:
    case verdict::in_motion: break;
  }
  return std::exchange(interval_ns_, std::min(2 * interval_ns_, longest_interval_ns));
}

// Nothing moves any more, so nothing is missed between the proof and this.
void deadlock_watch::act() noexcept {
  bool ends = false;
  {
    auto& all = registry::instance();
    std::lock_guard hold(all.lock);
    for (scheduler* s = all.first(); s; s = s->next_runtime) {
      ends = ends || s->settings.on_deadlock == deadlock_action::end_program;
    }
  }
  dump_all("mn: all tasks are asleep: deadlock", 2);
  if (ends) std::abort();
}

}  // namespace mn::detail
