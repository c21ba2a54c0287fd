#include "scheduler.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "bare_clock.hpp"
#include "blocked_threads.hpp"
#include "deadlock.hpp"
#include "os/os.hpp"
#include "os/process.hpp"
#include "registry.hpp"
#include "sanitizer.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

/// Frames up to this size cannot step over the guard; buffers of a page or two are common, larger ones are not.
constexpr std::size_t usual_guard_bytes = 16 * 1024;

std::uint64_t chaos_seed_from_environment() {
  const char* given = std::getenv("MN_CHAOS");
  if (!given || !*given) return 0;
  std::uint64_t seed = 0;
  const char* end = given + std::strlen(given);
  if (const auto [stopped, error] = std::from_chars(given, end, seed); error != std::errc{} || stopped != end) {
    throw bad_option(std::string("mn: MN_CHAOS=") + given + "; a whole number below 2^64 is expected, 0 for none");
  }
  return seed;
}

options checked(options o) {
  if (o.cores == 0) o.cores = os::allowed_cpus();
  if (o.cores > 4096) throw bad_option("mn: " + std::to_string(o.cores) + " cores; at most 4096 workers are sensible");
  constexpr std::size_t least = 16 * 1024, most = std::size_t{1} << 40;
  if (o.stack_bytes < least || o.stack_bytes > most) {
    throw bad_option("mn: a stack of " + std::to_string(o.stack_bytes) + " bytes; from 16 KiB to 1 TiB are possible");
  }
  if (o.spare_threads > 65'536) {
    throw bad_option("mn: " + std::to_string(o.spare_threads) + " spare threads; at most 65536 are sensible");
  }
  if (o.chaos_seed == 0) o.chaos_seed = chaos_seed_from_environment();
  const std::size_t page = os::page_bytes();
  o.stack_bytes = std::max(std::bit_ceil(o.stack_bytes), 4 * page);
  if (o.guard_bytes > o.stack_bytes / 2) {
    throw bad_option("mn: a guard of " + std::to_string(o.guard_bytes) + " bytes in a stack of " +
                     std::to_string(o.stack_bytes) + "; it may be half of it");
  }
  if (o.guard_bytes == 0) o.guard_bytes = std::min(usual_guard_bytes, o.stack_bytes / 4);
  o.guard_bytes = (o.guard_bytes + page - 1) / page * page;
  return o;
}

}  // namespace

scheduler::scheduler(const options& o)
    : settings(checked(o)),
      stacks(settings.stack_bytes, settings.guard_bytes),
      workers(settings.cores + settings.spare_threads),
      roster(*this, settings.cores),
      cpus(os::allowed_cpus()),
      may_own_locks(os::barrier_in_all_threads()),
      watch(*this) {
  idle.reserve(workers.at_most());
  if (settings.chaos_seed != 0) attention.store(attention_chaos, std::memory_order_relaxed);
  for (unsigned i = 0; i < settings.cores; ++i) workers.add(std::make_unique<worker>(*this, i));
  tracing.begin_from_environment();
  read_clock();          // before anybody notes since when it waits
  hand_over(&settings);  // to every worker thread, also one that is started later and unseen
  try {
    for (auto& w : workers) start(*w);
    watch.start();
    registry::instance().add(*this);
  } catch (const std::system_error& e) {
    stop();
    throw out_of_resources(std::string("mn: cannot start a worker thread: ") + e.what());
  } catch (...) {  // no memory: threads that have been started must not outlive what they work on
    stop();
    throw;
  }
}

scheduler::~scheduler() {
  leave_clock();
  registry::instance().remove(*this);
  watch.stop();
  stop();
  clock.dismiss_orphans();
  if (shared_clock.use_count() > 1) bare_clock::adopt(shared_clock);
}

void scheduler::start(worker& w) {
  w.start();
  threads_.fetch_add(1, std::memory_order_seq_cst);
}

void scheduler::stop() noexcept {
  stopping_.store(true, std::memory_order_seq_cst);
  idle.wake_all();
  roster.recall_all();
  for (auto& w : workers) w->join();
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

bool scheduler::start_spare() noexcept {
  const std::lock_guard hold(spare_lock_);
  try {
    if (!unstarted_) {
      if (!workers.has_room()) return false;
      const auto index = static_cast<unsigned>(workers.size());
      auto spare = std::make_unique<worker>(*this, index);
      spare->duty_now.store(duty::retired, std::memory_order_relaxed);  // until its thread runs
      worker& added = *spare;
      workers.add(std::move(spare));
      unstarted_.store(&added, std::memory_order_relaxed);
      tracing.admit(added);
    }
    // In the list before it runs, so that no count of its tasks is overlooked.
    worker& next = *unstarted_.load(std::memory_order_relaxed);
    start(next);
    if (traced()) tracing.note(trace_kind::sent, 0, next.index());
    unstarted_.store(nullptr, std::memory_order_relaxed);
    return true;
  } catch (const std::exception&) {  // no memory, or EAGAIN for the thread
    return false;
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

void scheduler::inject_all(task_fifo& tasks) noexcept {
  std::size_t n = 0;
  {
    std::lock_guard hold(injected_lock_);
    while (task* t = tasks.pop_front()) {
      injected_.push_back(*t);
      ++n;
    }
    injected_count_.store(injected_count_.load(std::memory_order_relaxed) + n, std::memory_order_seq_cst);
  }
  for (; n > 0 && idle.count() != 0; --n) idle.wake_one();
}

task* scheduler::take_injected() noexcept {
  if (!has_injected()) return nullptr;
  std::lock_guard hold(injected_lock_);
  task* t = injected_.pop_front();
  if (t) injected_count_.store(injected_count_.load(std::memory_order_relaxed) - 1, std::memory_order_seq_cst);
  return t;
}

inline void scheduler::make_ready(task& t, bool soon) noexcept {
  t.state.store(task_state::ready, std::memory_order_release);
  worker* w = current_worker();
  if (!w || &w->home != this || !w->on_duty()) {
    inject(t);
  } else if (attention.load(std::memory_order_relaxed) & attention_chaos) [[unlikely]] {
    w->make_ready_at_random(t);
  } else if (soon) {
    w->hand_off(t);
  } else {
    w->queue_ready(t);
  }
}

void scheduler::ready(task& t, bool soon) noexcept {
  hand_over(order_of(t));
  const unseen hidden;
  if (traced()) [[unlikely]]
    return trace_ready(t, soon);
  make_ready(t, soon);
}

// Apart, so that ready() need not save registers for a call that it seldom makes.
[[gnu::noinline, gnu::cold]] void scheduler::trace_ready(task& t, bool soon) noexcept {
  tracing.woken(t, false);
  make_ready(t, soon);
}

void scheduler::ready_after_all(task& t) noexcept {
  hand_over(order_of(t));
  const unseen hidden;
  if (traced()) tracing.woken(t, true);
  make_ready(t, true);
}

void scheduler::start(task& t) noexcept {
  const unseen hidden;
  worker* w = current_worker();
  if (w && &w->home == this && w->on_duty()) {
    w->queue_ready(t);
  } else {
    inject(t);
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
  if (clock.next_deadline() > now) return false;
  const bool tell = traced();
  if (tell) tracing.note(trace_kind::fires);
  const std::size_t fired = clock.fire(now, this);
  if (tell) tracing.note(trace_kind::fired, fired);
  return fired > 0;
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
      deadlock_watch::note_quiet();
    }
    while (unchanged()) {
      const std::int64_t left = deadline_ns < 0 ? -1 : deadline_ns - os::now_ns();
      if (deadline_ns >= 0 && left <= 0) break;
      os::futex_wait(quiet_seen_, seen, left);
    }
  }
  quiet_wanted_.fetch_sub(1, std::memory_order_relaxed);
  take_over(this);
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

// All relaxed: a snapshot for a picture; whoever shows it allows for values of different moments.
trace_levels scheduler::levels(const worker& w) const noexcept {
  const auto started = w.started.load(std::memory_order_relaxed), ended = w.ended.load(std::memory_order_relaxed);
  return {static_cast<std::int64_t>(started - ended),
          static_cast<std::uint32_t>(w.queue.size_hint() + (w.has_hand_off() ? 1 : 0)),
          static_cast<std::uint32_t>(injected_count_.load(std::memory_order_relaxed)),
          static_cast<std::uint32_t>(injected_started_.load(std::memory_order_relaxed))};
}

statistics scheduler::stats() noexcept {
  statistics s;
  s.tasks_started = injected_started_.load(std::memory_order_relaxed);
  for (const auto& w : workers) {
    s.tasks_started += w->started.load(std::memory_order_relaxed);
    s.tasks_ended += w->ended.load(std::memory_order_relaxed);
    s.switches += w->choices();
    s.hand_offs += w->hand_offs.load(std::memory_order_relaxed);
    s.steals += w->steals.load(std::memory_order_relaxed);
    s.tasks_running += w->current != nullptr;
    s.tasks_queued += w->queued_hint();
    s.stacks_cached += w->cached_stacks_hint();
    const auto duty_now = w->duty_now.load(std::memory_order_relaxed);
    s.workers_blocking += duty_now == duty::blocking;
    s.workers_stuck += duty_now == duty::stuck;
  }
  s.tasks_queued += injected_count_.load(std::memory_order_relaxed);
  // What is alive, neither runs nor is queued, is parked; of values of different moments not less than nothing.
  const auto elsewhere = s.tasks_ended + s.tasks_running + s.tasks_queued;
  s.tasks_parked = s.tasks_started > elsewhere ? s.tasks_started - elsewhere : 0;
  s.workers_asleep = idle.count();
  s.wake_ups = idle.wake_ups();
  s.timers_fired = clock.fired();
  s.trimmed_stack_bytes = trimmed_bytes.load(std::memory_order_relaxed);
  s.threads = workers.size();
  s.spares_refused = roster.refused();
  s.stacks = stacks.cut();
  s.stacks_cached += stacks.waiting();
  s.stacks_in_use = s.stacks > s.stacks_cached ? s.stacks - s.stacks_cached : 0;
  s.unguarded_stacks = stacks.unguarded();
  s.guards = stacks.guards();
  return s;
}

}  // namespace mn::detail
