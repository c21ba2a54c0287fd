#include "duty.hpp"

#include <mutex>

#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {

duty_roster::duty_roster(scheduler& home, unsigned wanted) : home_(home), wanted_(wanted), on_duty_(wanted) {
  spares_.reserve(wanted + home.settings.spare_threads);
}

// Under the lock.
void duty_roster::set_on_duty(unsigned n) noexcept {
  on_duty_.store(n, std::memory_order_seq_cst);
  if (n > wanted_) {
    home_.attention.fetch_or(attention_surplus, std::memory_order_relaxed);
  } else {
    home_.attention.fetch_and(~attention_surplus, std::memory_order_relaxed);
  }
}

bool duty_roster::leave_for_blocking(worker& w) noexcept {
  {
    std::lock_guard hold(lock_);
    const duty before = w.duty_now.load(std::memory_order_relaxed);
    if (before == duty::blocking) return false;
    w.duty_now.store(duty::blocking, std::memory_order_relaxed);
    if (before == duty::stuck) return true;  // replaced a moment ago
    away_.fetch_add(1, std::memory_order_seq_cst);
    set_on_duty(on_duty_.load(std::memory_order_relaxed) - 1);
  }
  w.give_tasks_away(w.take_hand_off());
  send_spare();
  return true;
}

bool duty_roster::lacks_spare() noexcept {
  if (on_duty() >= wanted_) return false;
  if (home_.may_start_spare()) return true;
  std::lock_guard hold(lock_);
  return !spares_.empty();
}

bool duty_roster::replace_stuck(worker& w) noexcept {
  const bool more = home_.may_start_spare();
  {
    std::lock_guard hold(lock_);
    if (w.duty_now.load(std::memory_order_relaxed) != duty::on) return false;
    if (spares_.empty() && !more) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    w.duty_now.store(duty::stuck, std::memory_order_relaxed);
    away_.fetch_add(1, std::memory_order_seq_cst);
    set_on_duty(on_duty_.load(std::memory_order_relaxed) - 1);
  }
  send_spare();
  return true;
}

void duty_roster::come_back(worker& w) noexcept {
  {
    std::lock_guard hold(lock_);
    w.duty_now.store(duty::on, std::memory_order_relaxed);
    away_.fetch_sub(1, std::memory_order_seq_cst);
    set_on_duty(on_duty_.load(std::memory_order_relaxed) + 1);
  }
  home_.watch.note_activity();
  // Rather one that sleeps should retire than the one that has just come back with a task.
  if (on_duty() > wanted_) home_.idle.wake_one();
}

bool duty_roster::try_retire(worker& w) noexcept {
  std::lock_guard hold(lock_);
  const unsigned n = on_duty_.load(std::memory_order_relaxed);
  if (home_.stopping() || n <= wanted_ || w.duty_now.load(std::memory_order_relaxed) != duty::on) return false;
  w.duty_now.store(duty::retired, std::memory_order_relaxed);
  w.recalled.store(0, std::memory_order_relaxed);  // ordered by the lock against whoever recalls it
  spares_.push_back(&w);
  set_on_duty(n - 1);
  return true;
}

void duty_roster::settle(worker& w) noexcept {
  std::lock_guard hold(lock_);
  if (w.duty_now.load(std::memory_order_relaxed) != duty::retired || home_.stopping()) return;  // recalled by now
  w.settled.store(true, std::memory_order_release);
  ++settled_;
}

void duty_roster::unsettle(worker& w) noexcept {
  ++recalls_;
  if (!w.settled.load(std::memory_order_relaxed)) return;
  w.settled.store(false, std::memory_order_relaxed);
  --settled_;
}

duty_roster::census duty_roster::look() noexcept {
  std::lock_guard hold(lock_);
  return {settled_, recalls_};
}

void duty_roster::recall_all() noexcept {
  std::lock_guard hold(lock_);
  for (worker* w : spares_) {
    unsettle(*w);
    w->recall();
  }
}

void duty_roster::send_spare() noexcept {
  for (;;) {
    worker* spare = nullptr;
    {
      std::lock_guard hold(lock_);
      const unsigned n = on_duty_.load(std::memory_order_relaxed);
      if (n >= wanted_) return;  // somebody has come back meanwhile
      if (!spares_.empty()) {
        spare = spares_.back();
        spares_.pop_back();
        unsettle(*spare);
        spare->duty_now.store(duty::on, std::memory_order_relaxed);
      }
      set_on_duty(n + 1);
    }
    home_.watch.note_activity();
    if (spare) {
      if (home_.traced()) home_.tracing.note(trace_kind::sent, 0, spare->index());
      spare->recall();
      return;
    }
    if (home_.start_spare()) return;
    std::lock_guard hold(lock_);
    set_on_duty(on_duty_.load(std::memory_order_relaxed) - 1);
    refused_.fetch_add(1, std::memory_order_relaxed);
    // Who has come back meanwhile may have retired as one too many, for the one that was counted and does not come.
    if (spares_.empty()) return;
  }
}

}  // namespace mn::detail
