#include "mn/semaphore.hpp"

#include <string>

#include "claim_alarm.hpp"
#include "mn/detail/task.hpp"
#include "select_wait.hpp"
#include "wake_in_order.hpp"

namespace mn {
namespace {

semaphore::count checked(semaphore::count units, semaphore::count max) {
  if (max < 1 || max > semaphore::most_units || units < 0 || units > max) {
    throw bad_semaphore_count("mn: a semaphore with " + std::to_string(units) + " free units of at most " +
                              std::to_string(max) + "; from 0 to the maximum are possible, which is from 1 to " +
                              std::to_string(semaphore::most_units));
  }
  return units;
}

semaphore::count wanted(const detail::waiter& w) noexcept {
  return *static_cast<const semaphore::count*>(w.slot);
}

}  // namespace

semaphore::semaphore(count units, count max) : state_(checked(units, max) * unit), max_(max) {}

void semaphore::refuse(count n) const {
  throw bad_semaphore_count("mn: " + std::to_string(n) + " units of a semaphore; from 1 to its maximum, " +
                            std::to_string(max_) + ", are possible");
}

void semaphore::check_room(count seen, count n) const {
  if (seen / unit > max_ - n) {
    throw semaphore_overflow("mn: release of " + std::to_string(n) + " units to a semaphore with " +
                             std::to_string(seen / unit) + " free ones of at most " + std::to_string(max_));
  }
}

bool semaphore::acquire_slow(count n, std::int64_t deadline_ns) {
  const bool timed = deadline_ns != detail::no_deadline;
  detail::thread_parker parker;
  detail::select_claim claim;
  detail::claim_alarm alarm;
  detail::waiter w;
  detail::identify(w, parker);
  w.slot = &n;
  if (timed) {
    w.claim = &claim;
    alarm.set(w.owner, claim, deadline_ns);
  }

  guard_.lock();
  count seen = state_.load(std::memory_order_relaxed);
  while ((seen & waiting) == 0) {
    if (seen >= n * unit) {
      if (state_.compare_exchange_weak(seen, seen - n * unit, std::memory_order_acquire, std::memory_order_relaxed)) {
        guard_.unlock();
        return true;
      }
    } else if (state_.compare_exchange_weak(seen, seen | waiting, std::memory_order_relaxed,
                                            std::memory_order_relaxed)) {
      break;  // relaxed: the bit tells of the list, which the guard protects
    }
  }
  waiters_.push_back(w);
  if (!timed) {
    detail::park_unlock(w, guard_, detail::wait_reason::semaphore, this);
    return true;  // served
  }
  guard_.unlock();
  (void)detail::park_select(w.owner, parker, claim, deadline_ns, detail::wait_reason::semaphore, this);
  alarm.clear();
  // Under the guard, so that whoever has served us is done with the semaphore, which we may now destroy.
  detail::waiter_list woken;
  guard_.lock();
  const bool served = claim.winner != detail::timed_out;
  if (w.linked) {
    waiters_.remove(w);
    serve(state_.load(std::memory_order_acquire) / unit, woken);  // we may have stood in the way of others
  }
  guard_.unlock();
  detail::wake_in_order(woken);
  return served;
}

void semaphore::release(count n) {
  if (n < 1) refuse(n);
  count seen = state_.load(std::memory_order_relaxed);
  do {
    check_room(seen, n);
    if ((seen & waiting) != 0) return release_slow(n);
    // Release: pairs with the acquire in try_acquire().
  } while (!state_.compare_exchange_weak(seen, seen + n * unit, std::memory_order_release, std::memory_order_relaxed));
}

void semaphore::release_slow(count n) {
  guard_.lock();
  // Acquire: pairs with earlier releases, which serve() passes on.
  const count seen = state_.load(std::memory_order_acquire);
  if ((seen & waiting) == 0) {  // they have gone meanwhile
    guard_.unlock();
    return release(n);
  }
  if (seen / unit > max_ - n) {
    guard_.unlock();
    check_room(seen, n);
  }
  detail::waiter_list woken;
  serve(seen / unit + n, woken);
  guard_.unlock();
  detail::wake_in_order(woken);
}

// Gives `free` units to those who wait, in their order, as far as they go. Under the guard, with `waiting` set.
void semaphore::serve(count free, detail::waiter_list& woken) noexcept {
  while (detail::waiter* w = waiters_.front()) {
    const count n = wanted(*w);
    if (n > free) break;  // also if its time is over: then it will come here itself as it leaves
    waiters_.remove(*w);
    if (w->claim) {
      const auto result = detail::try_claim(*w->claim);
      if (result == detail::claim_result::lost) continue;
      free -= n;
      if (result == detail::claim_result::won_parked) woken.push_back(*w);  // else it has not parked, and will see
    } else {
      free -= n;
      woken.push_back(*w);
    }
  }
  // Release: pairs with the acquire of those who need not wait.
  state_.store(free * unit | (waiters_.empty() ? 0 : waiting), std::memory_order_release);
}

}  // namespace mn
