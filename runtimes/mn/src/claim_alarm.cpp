#include "claim_alarm.hpp"

#include <mutex>

#include "scheduler.hpp"
#include "select_wait.hpp"

namespace mn::detail {

void claim_alarm::set(task* owner, select_claim& claim, std::int64_t deadline) {
  if (!owner) return;
  deadline_ns = deadline;
  fired = go_off;
  claim_ = &claim;
  owner_ = owner;
  timers& clock = owner->home->clock;
  std::lock_guard hold(clock.lock);
  clock.add_locked(*this);
  clock_ = &clock;
}

void claim_alarm::clear() noexcept {
  if (!clock_) return;
  clock_->remove(*this);
  clock_ = nullptr;
}

void claim_alarm::go_off(timer& t) {
  auto& a = static_cast<claim_alarm&>(t);
  const auto result = try_claim(*a.claim_);
  if (result == claim_result::lost) return;
  a.claim_->winner = timed_out;
  if (result == claim_result::won_parked) a.owner_->home->ready(*a.owner_, false);
}

}  // namespace mn::detail
