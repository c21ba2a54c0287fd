#include "timers.hpp"

#include <array>
#include <mutex>

#include "bare_clock.hpp"
#include "sanitizer.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

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

void timers::push(timer& t) {
  heap_.push_back(&t);
  move_up(heap_.size() - 1);
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
}

void timers::publish() noexcept {
  next_.store(heap_.empty() ? never : heap_.front()->deadline_ns, std::memory_order_seq_cst);
}

void timers::add_locked(timer& t) {
  hand_over(&t);
  const unseen hidden;
  push(t);
  publish();
}

bool timers::remove_locked(timer& t) noexcept {
  const unseen hidden;
  if (t.place == timer::nowhere) return false;
  take_out(t.place);
  publish();
  return true;
}

bool timers::remove(timer& t) noexcept {
  std::lock_guard hold(lock);
  return remove_locked(t);
}

std::size_t timers::fire(std::int64_t now, scheduler* asker) noexcept {
  const unseen hidden;
  std::size_t fired = 0;
  while (next_deadline() <= now) {
    const portion p = fire_portion(now, asker);
    fired += p.fired;
    if (p.goes_off) {
      const acting_for_timer acting(*p.goes_off);
      p.goes_off->go_off(p.home);
    }
    if (p.stopped) break;
  }
  return fired;
}

timers::portion timers::fire_portion(std::int64_t now, scheduler* asker) noexcept {
  portion p;
  if (!lock.try_lock()) {
    p.stopped = true;
    return p;
  }
  std::lock_guard hold(lock, std::adopt_lock);
  if (home_ != asker) {
    p.stopped = true;
    return p;
  }
  std::array<timer*, fired_at_once> postponed;
  std::size_t n = 0;
  while (!p.goes_off && p.fired + n < fired_at_once && !heap_.empty() && heap_.front()->deadline_ns <= now) {
    timer* t = heap_.front();
    take_out(0);
    ++p.fired;
    fired_.store(fired() + 1, std::memory_order_relaxed);  // before anybody is woken, who might ask for it
    const acting_for_timer acting(*t);
    if (t->fired) {
      t->fired(*t);
      continue;
    }
    auto* a = static_cast<alarm*>(t);
    switch (a->ring(now)) {
      case rung::done: break;
      case rung::again: push(*a); break;  // into the room that it has left
      case rung::not_now:
        --p.fired;
        fired_.store(fired() - 1, std::memory_order_relaxed);
        postponed[n++] = a;
        break;
      case rung::goes_off:
        p.goes_off = a;
        p.home = home_;
        if (home_) home_->count_injected_start();
    }
  }
  for (std::size_t i = 0; i < n; ++i) push(*postponed[i]);
  p.stopped = n > 0;
  publish();
  return p;
}

void timers::rouse_locked(const timer& t) noexcept {
  if (t.place != 0) return;
  if (!home_) {
    bare_clock::rouse();
    return;
  }
  const worker* here = current_worker();
  if (!here || &here->home != home_) home_->idle.wake_one();
}

scheduler* timers::begin_start() noexcept {
  std::lock_guard hold(lock);
  if (home_) home_->count_injected_start();
  return home_;
}

void timers::dismiss_orphans() noexcept {
  alarm* orphans = nullptr;
  {
    std::lock_guard hold(lock);
    std::size_t kept = 0;
    for (timer* t : heap_) {
      if (!t->fired && static_cast<alarm*>(t)->needs_runtime_) {
        t->place = timer::nowhere;
        static_cast<alarm*>(t)->next_orphan_ = orphans;
        orphans = static_cast<alarm*>(t);
      } else {
        put(kept++, t);
      }
    }
    heap_.resize(kept);
    for (std::size_t i = kept; i-- > 0;) move_down(i);
    publish();
  }
  while (orphans) {
    alarm* a = orphans;
    orphans = a->next_orphan_;  // read first: it may be gone, or set again, afterwards
    a->go_off(nullptr);
  }
}

}  // namespace mn::detail
