#include "mn/detail/readiness_case.hpp"

#include <mutex>

#include "mn/errors.hpp"
#include "net/descriptor.hpp"
#include "poller.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {

attempt readiness_case::poll() {
  const std::lock_guard hold(descriptor_->lock_);
  return need_not_wait() ? attempt::done : attempt::blocked;
}

bool readiness_case::need_not_wait() const noexcept {
  return descriptor_->is_decided(which_);
}

attempt readiness_case::enlist(select_claim& claim, bool&) {
  refused_ = descriptor_->watch(*w.owner->home->net) != 0;
  const std::lock_guard hold(descriptor_->lock_);
  if (!refused_ && !need_not_wait()) {
    descriptor_->waiting_[descriptor::at(which_)].push_back(w);
  } else if (try_claim(claim) != claim_result::lost) {
    return attempt::done;
  }  // else another case has been claimed; the select will see it
  return attempt::blocked;
}

void readiness_case::withdraw() {
  const std::lock_guard hold(descriptor_->lock_);
  if (w.linked) descriptor_->waiting_[descriptor::at(which_)].remove(w);
}

void readiness_case::lock() noexcept {
  descriptor_->lock_.lock();
}

void readiness_case::unlock() noexcept {
  descriptor_->lock_.unlock();
}

attempt readiness_case::try_unlocking() {
  if (!need_not_wait()) return attempt::blocked;
  unlock();
  return attempt::done;
}

bool readiness_case::confirm() noexcept {
  return refused_ || descriptor_->confirm(which_);
}

void require_task() {
  const worker* w = current_worker();
  if (!w || !w->current) throw not_in_a_task("mn: a plain thread selects a connection; only tasks can");
}

}  // namespace mn::detail
