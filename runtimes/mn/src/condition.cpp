#include "mn/condition.hpp"

#include "claim_alarm.hpp"
#include "mn/detail/task.hpp"
#include "select_wait.hpp"
#include "wake_in_order.hpp"

namespace mn {

bool condition::block(void (*unlock)(void*), void* lock, std::int64_t deadline_ns) {
  detail::thread_parker parker;
  detail::select_claim claim;
  detail::claim_alarm alarm;
  detail::waiter w;
  detail::identify(w, parker);
  w.claim = &claim;
  if (deadline_ns != detail::no_deadline) alarm.set(w.owner, claim, deadline_ns);
  lock_.lock();
  waiters_.push_back(w);
  lock_.unlock();
  try {
    unlock(lock);
  } catch (...) {
    // Not a wait. A notification that has come to us was meant for somebody who waits. (After a notify_all() this is
    // one too many, which a predicate bears.)
    alarm.clear();
    if (detail::try_claim(claim) == detail::claim_result::lost && claim.winner != detail::timed_out) notify_one();
    leave(w);
    throw;
  }
  (void)detail::park_select(w.owner, parker, claim, deadline_ns, detail::wait_reason::condition, this);
  alarm.clear();  // afterwards the alarm's word stands, too
  if (claim.winner != detail::timed_out) return true;
  leave(w);
  return false;
}

void condition::leave(detail::waiter& w) noexcept {
  lock_.lock();
  if (w.linked) waiters_.remove(w);
  lock_.unlock();
}

void condition::notify_one() noexcept {
  lock_.lock();
  while (detail::waiter* w = waiters_.pop_front()) {
    const auto result = detail::try_claim(*w->claim);
    if (result == detail::claim_result::lost) continue;
    lock_.unlock();
    if (result == detail::claim_result::won_parked) detail::wake(*w);
    return;
  }
  lock_.unlock();
}

void condition::notify_all() noexcept {
  detail::waiter_list woken;
  lock_.lock();
  while (detail::waiter* w = waiters_.pop_front()) {
    if (detail::try_claim(*w->claim) == detail::claim_result::won_parked) woken.push_back(*w);
  }
  lock_.unlock();
  detail::wake_in_order(woken);
}

}  // namespace mn
