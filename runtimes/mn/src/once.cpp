#include "mn/once.hpp"

#include "mn/detail/task.hpp"
#include "wake_in_order.hpp"
#include "worker.hpp"

namespace mn {
namespace {

/// An address that stands for the calling task or plain thread as long as it is in call(). Not inlined: see
/// this_worker.hpp.
[[gnu::noinline]] void* caller() noexcept {
  const detail::worker* here = detail::current_worker();
  if (here && here->current) return here->current;
  thread_local char thread_mark;
  return &thread_mark;
}

}  // namespace

bool once::begin() {
  void* const self = caller();
  lock_.lock();
  switch (state_.load(std::memory_order_relaxed)) {  // the lock orders it
    case state::done: lock_.unlock(); return false;
    case state::untried:
      state_.store(state::running, std::memory_order_relaxed);
      runner_ = self;
      lock_.unlock();
      return true;
    case state::running: break;
  }
  if (runner_ == self) {
    lock_.unlock();
    throw recursive_once_call();
  }
  detail::thread_parker parker;
  detail::waiter w;
  w.slot = self;
  detail::identify(w, parker);
  waiters_.push_back(w);
  detail::park_unlock(w, lock_, detail::wait_reason::once, this);
  return w.ok;  // true: the one before us has failed
}

void once::end(bool returned) noexcept {
  detail::waiter_list woken;
  lock_.lock();
  runner_ = nullptr;
  if (returned) {
    state_.store(state::done, std::memory_order_release);
    woken.swap(waiters_);
  } else if (detail::waiter* next = waiters_.pop_front()) {
    runner_ = next->slot;
    next->ok = true;
    woken.push_back(*next);
  } else {
    state_.store(state::untried, std::memory_order_relaxed);
  }
  lock_.unlock();
  detail::wake_in_order(woken);
}

}  // namespace mn
