#include "blocked_threads.hpp"

#include "os/os.hpp"

namespace mn::detail {

blocked_threads& blocked_threads::instance() noexcept {
  static constinit blocked_threads all;
  return all;
}

void blocked_threads::link(thread_parker& p, wait_reason why, const void* on) noexcept {
  p.listed = true;
  p.why = why;
  p.thread = os::thread_id();
  p.since_ms = static_cast<std::uint32_t>(os::now_ns() / 1'000'000);
  p.on = on;
  p.prev = nullptr;
  p.next = first_;
  if (first_) first_->prev = &p;
  first_ = &p;
  ++count_;
  ++version_;
}

void blocked_threads::unlink(thread_parker& p) noexcept {
  (p.prev ? p.prev->next : first_) = p.next;
  if (p.next) p.next->prev = p.prev;
  p.listed = false;
  --count_;
  ++version_;
}

void blocked_threads::enter(thread_parker& p, wait_reason why, const void* on) noexcept {
  std::lock_guard hold(lock_);
  link(p, why, on);
}

void blocked_threads::leave(thread_parker& p) noexcept {
  std::lock_guard hold(lock_);
  if (p.listed) unlink(p);
}

void blocked_threads::forget() noexcept {
  lock_.unlock();  // whoever may have held it is not there either
  first_ = nullptr;
  count_ = 0;
  ++version_;
}

}  // namespace mn::detail
