#include "idle.hpp"

#include <algorithm>
#include <mutex>

#include "worker.hpp"

namespace mn::detail {

void idle_workers::announce(worker& w) noexcept {
  std::lock_guard hold(lock_);
  w.awake.store(0, std::memory_order_relaxed);  // ordered by the lock against whoever takes w out
  sleepers_.push_back(&w);
  count_.store(sleepers_.size(), std::memory_order_seq_cst);
}

bool idle_workers::withdraw(worker& w) noexcept {
  std::lock_guard hold(lock_);
  const auto at = std::find(sleepers_.begin(), sleepers_.end(), &w);
  if (at == sleepers_.end()) return false;
  sleepers_.erase(at);
  ++departures_;
  count_.store(sleepers_.size(), std::memory_order_seq_cst);
  return true;
}

void idle_workers::wake_one() noexcept {
  if (count() == 0) return;
  worker* w = nullptr;
  {
    std::lock_guard hold(lock_);
    if (sleepers_.empty()) return;
    w = sleepers_.back();
    sleepers_.pop_back();
    ++departures_;
    wake_ups_.store(wake_ups() + 1, std::memory_order_relaxed);
    count_.store(sleepers_.size(), std::memory_order_seq_cst);
  }
  w->rouse();
}

bool idle_workers::lists(const worker& w) noexcept {
  std::lock_guard hold(lock_);
  return std::find(sleepers_.begin(), sleepers_.end(), &w) != sleepers_.end();
}

idle_workers::census idle_workers::look() noexcept {
  std::lock_guard hold(lock_);
  return {sleepers_.size(), departures_};
}

void idle_workers::wake_all() noexcept {
  while (count() != 0) wake_one();
}

}  // namespace mn::detail
