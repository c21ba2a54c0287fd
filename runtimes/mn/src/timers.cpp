#include "timers.hpp"

#include <mutex>

namespace mn::detail {

void timers::put(std::size_t at, timer* t) noexcept {
  heap_[at] = t;
  t->place = at;
}

void timers::move_up(std::size_t at) noexcept {
  timer* t = heap_[at];
  while (at > 0) {
    const std::size_t parent = (at - 1) / 4;
    if (heap_[parent]->deadline_ns <= t->deadline_ns) break;
    put(at, heap_[parent]);
    at = parent;
  }
  put(at, t);
}

void timers::move_down(std::size_t at) noexcept {
  timer* t = heap_[at];
  for (;;) {
    const std::size_t first = at * 4 + 1;
    if (first >= heap_.size()) break;
    std::size_t least = first;
    for (std::size_t child = first + 1; child < first + 4 && child < heap_.size(); ++child) {
      if (heap_[child]->deadline_ns < heap_[least]->deadline_ns) least = child;
    }
    if (heap_[least]->deadline_ns >= t->deadline_ns) break;
    put(at, heap_[least]);
    at = least;
  }
  put(at, t);
}

void timers::take_out(std::size_t at) noexcept {
  heap_[at]->place = timer::nowhere;
  timer* last = heap_.back();
  heap_.pop_back();
  if (at < heap_.size()) {
    put(at, last);
    move_up(at);
    move_down(last->place);
  }
  next_.store(heap_.empty() ? never : heap_.front()->deadline_ns, std::memory_order_seq_cst);
}

void timers::add_locked(timer& t) {
  heap_.push_back(&t);
  move_up(heap_.size() - 1);
  next_.store(heap_.front()->deadline_ns, std::memory_order_seq_cst);
}

bool timers::remove(timer& t) noexcept {
  std::lock_guard hold(lock);
  if (t.place == timer::nowhere) return false;
  take_out(t.place);
  return true;
}

std::size_t timers::fire(std::int64_t now) noexcept {
  if (!lock.try_lock()) return 0;
  std::lock_guard hold(lock, std::adopt_lock);
  std::size_t fired = 0;
  while (!heap_.empty() && heap_.front()->deadline_ns <= now) {
    timer* t = heap_.front();
    take_out(0);
    t->fired(*t);  // afterwards the timer may be gone
    ++fired;
  }
  fired_.store(fired_.load(std::memory_order_relaxed) + fired, std::memory_order_relaxed);
  return fired;
}

}  // namespace mn::detail
