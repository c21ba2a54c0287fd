#include "monitor.hpp"

#include <algorithm>

#include "mn/detail/biased_lock.hpp"
#include "mn/detail/unseen.hpp"
#include "os/os.hpp"
#include "os/process.hpp"
#include "scheduler.hpp"
#include "sigquit.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

std::atomic<std::uint32_t> bell{0};

void ring(std::uint32_t mask) noexcept {
  bell.fetch_add(1, std::memory_order_seq_cst);
  os::futex_wake_masked(bell, mask);
}

// One of 32 bits for each: two runtimes that share one wake each other's monitor in vain.
std::uint32_t next_mask() noexcept {
  static std::atomic<std::uint32_t> monitors{0};
  return 1u << monitors.fetch_add(1, std::memory_order_relaxed) % 32;
}

/// The sooner of two waits, of which a negative one is for ever.
std::int64_t sooner(std::int64_t a, std::int64_t b) noexcept {
  return a < 0 ? b : b < 0 ? a : std::min(a, b);
}

}  // namespace

monitor::monitor(scheduler& watched) : watched_(watched), trimmer_(watched), mask_(next_mask()), deadlocks_(watched) {}

void monitor::start() {
  seen_.resize(watched_.workers.at_most());
  thread_ = std::thread([this] {
    os::name_thread("mn monitor");
    os::survive_broken_pipes();
    loop();
  });
}

void monitor::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_seq_cst);
  ring(mask_);
  thread_.join();
}

void monitor::note_activity() noexcept {
  if (!parked_.load(std::memory_order_seq_cst)) return;
  parked_.store(false, std::memory_order_seq_cst);
  ring(mask_);
}

void monitor::call_all() noexcept {
  ring(0xffffffff);
}

void monitor::loop() noexcept {
  const unseen hidden;
  const std::atomic<std::uint32_t> never_changes{0};
  int quiet_looks = 0;
  while (!stopping_.load(std::memory_order_seq_cst)) {
    os::futex_wait(never_changes, 0, period_ns);
    sigquit::serve();
    looking_.store(true, std::memory_order_seq_cst);
    look();
    biased_lock::leave();  // a ticker may have gone off
    looking_.store(false, std::memory_order_seq_cst);
    quiet_looks = all_asleep() && poller_is_kept() ? quiet_looks + 1 : 0;
    if (quiet_looks < quiet_looks_before_sleep) continue;
    sleep();
    quiet_looks = 0;
  }
}

void monitor::sleep() noexcept {
  parked_.store(true, std::memory_order_seq_cst);
  watched_.read_clock();
  const auto idle_since = watched_.coarse_ms.load(std::memory_order_relaxed);
  deadlocks_.begin();
  for (;;) {
    const auto heard = bell.load(std::memory_order_seq_cst);
    sigquit::serve();
    if (!all_asleep() || !poller_is_kept() || stopping_.load(std::memory_order_seq_cst) ||
        !parked_.load(std::memory_order_seq_cst))
      break;
    const std::int64_t pause_ms = trimmer_.next_step_in_ms(idle_since);
    const std::int64_t pause_ns = pause_ms < 0 ? -1 : pause_ms * 1'000'000;
    os::futex_wait_masked(bell, heard, sooner(pause_ns, deadlocks_.look()), mask_);
    trim_if_due(watched_.read_clock());
  }
  deadlocks_.end();
  parked_.store(false, std::memory_order_seq_cst);
}

void monitor::trim_if_due(std::int64_t now) noexcept {
  if (now - trimmed_ns_ < trimmer_.period_ms() * 1'000'000) return;
  trimmed_ns_ = now;
  trimmer_.step();
}

// A worker in blocking() has no tasks in its queue and need not be watched; a stuck one may still make some.
bool monitor::all_asleep() const noexcept {
  if (watched_.idle.count() < watched_.roster.on_duty()) return false;
  if (watched_.roster.lacks_spare()) return false;
  if (watched_.roster.away() == 0) return true;
  for (const auto& w : watched_.workers) {
    if (w->duty_now.load(std::memory_order_relaxed) == duty::stuck) return false;
  }
  return true;
}

// All are asleep: where none of them keeps the poller although one should, as the one that did has blocked its thread,
// one is woken, and will.
bool monitor::poller_is_kept() noexcept {
  if (!watched_.net->in_use() || watched_.net->is_kept()) return true;
  watched_.idle.wake_one();
  return false;
}

bool monitor::moved(worker& w, observation& o, std::int64_t now) noexcept {
  const bool same = w.choices() == o.choices && w.on_duty() && w.awake.load(std::memory_order_relaxed) != 0;
  if (!same) o = {w.choices(), now, -1};
  if (same && o.cpu_ns < 0) o.cpu_ns = w.cpu_ns();
  return !same;
}

void monitor::look() noexcept {
  const std::int64_t now = watched_.read_clock();
  watched_.fire_timers(now);
  if (watched_.net->is_due(now)) watched_.net->look(now);
  trim_if_due(now);
  bool all_stuck = true;
  const std::size_t workers = watched_.workers.size();
  for (std::size_t i = 0; i < workers; ++i) {
    worker& w = watched_.workers[i];
    if (moved(w, seen_[i], now)) {
      all_stuck = all_stuck && !w.on_duty();
    } else {
      all_stuck = all_stuck && now - seen_[i].since_ns >= stuck_after_ns;
    }
  }
  for (std::size_t i = 0; i < workers; ++i) {
    worker& w = watched_.workers[i];
    if (seen_[i].since_ns != now) {
      help(w, seen_[i], now, all_stuck);
    } else if (w.duty_now.load(std::memory_order_relaxed) == duty::stuck) {
      w.give_tasks_away(rob(w));  // what it may have queued in the moment when it was replaced
    }
  }
  if (watched_.has_injected() && now - asked_ns_ >= stuck_after_ns && watched_.roster.lacks_spare()) {
    asked_ns_ = now;
    watched_.roster.send_spare();
  }
}

// The task in the hand-off slot of a worker that has not chosen for long: see worker.hpp.
task* monitor::rob(worker& w) noexcept {
  if (!w.has_hand_off()) return nullptr;
  if (slots_open_ns_ < 0) {
    watched_.attention.fetch_or(attention_slots, std::memory_order_seq_cst);
    if (!os::barrier_in_all_threads()) slots_open_ns_ = os::now_ns() + period_ns;  // from now on the bit stays
  }
  task* t = nullptr;
  const task* running = nullptr;
  if (slots_open_ns_ < os::now_ns() && w.where(running) == worker::whereabouts::in_task) t = w.take_hand_off();
  if (slots_open_ns_ < 0) watched_.attention.fetch_and(~attention_slots, std::memory_order_release);
  return t;
}

void monitor::help(worker& w, const observation& o, std::int64_t now, bool all_stuck) noexcept {
  const bool somebody_sleeps = watched_.idle.count() != 0;
  const bool stuck = now - o.since_ns >= stuck_after_ns;
  if (!somebody_sleeps && !stuck) return;
  if (somebody_sleeps) {
    if (task* t = rob(w)) watched_.inject(*t);
    if (w.queue.size_hint() == 0) return;
    w.overdue.store(true, std::memory_order_seq_cst);
    if (watched_.traced()) watched_.tracing.note(trace_kind::opened, 0, w.index());
    watched_.ask_for_help();
    return;
  }
  w.give_tasks_away(rob(w));
  if (!watched_.has_injected()) return;
  // A thread that computes uses nearly all of its core, one that is blocked nothing.
  const bool computes = w.cpu_ns() - o.cpu_ns > (now - o.since_ns) / 8;
  if (all_stuck || !computes) watched_.roster.replace_stuck(w);
}

}  // namespace mn::detail
