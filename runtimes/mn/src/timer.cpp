#include "mn/timer.hpp"

#include <mutex>
#include <utility>

#include "bare_clock.hpp"
#include "late_start.hpp"
#include "os/os.hpp"
#include "own_clock.hpp"
#include "scheduler.hpp"
#include "timer_core.hpp"
#include "worker.hpp"

namespace mn::detail {

timer_core::timer_core(std::shared_ptr<timers> clock, std::int64_t period_ns)
    : alarm(false), clock_(std::move(clock)), ticks_(std::in_place, 1), period_ns_(period_ns) {}

timer_core::timer_core(std::shared_ptr<timers> clock, std::unique_ptr<timed_call> call,
                       const std::source_location& where)
    : alarm(true), clock_(std::move(clock)), call_(std::move(call)), where_(where) {}

void timer_core::release() noexcept {
  // Acquire and release: the last one sees what all others did.
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void timer_core::drop_handle() noexcept {
  if (handles_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (ticks_) {
    clock_->lock.lock();
    const bool drop = unheard() && clock_->remove_locked(*this);
    clock_->lock.unlock();
    if (drop) release();
  }
  release();  // NOLINT(clang-analyzer-cplusplus.NewDelete): the clock's reference was another one than the handles'
}

// Acquire: pairs with the release in drop_handle(), whose channel handles are gone by then.
bool timer_core::unheard() const noexcept {
  return handles_.load(std::memory_order_acquire) == 0 &&
         ticks_->core().is_sole_reference();  // NOLINT(bugprone-unchecked-optional-access): only asked of these
}

bool timer_core::take_back_locked() noexcept {
  const bool was_set = clock_->remove_locked(*this);
  bool unread = false;
  if (ticks_) {
    std::optional<time_point> value;
    unread = ticks_->try_recv(value) == channel<time_point>::state::value;
  }
  // Not the last one: the caller has a handle.
  if (was_set) references_.fetch_sub(1, std::memory_order_relaxed);
  return was_set || unread;
}

bool timer_core::stop() noexcept {
  std::lock_guard hold(clock_->lock);
  return take_back_locked();
}

bool timer_core::reset(std::int64_t delay_ns, std::int64_t period_ns) {
  std::lock_guard hold(clock_->lock);
  if (call_ && !clock_->home_locked()) throw runtime_has_ended();
  const bool kept_from_going_off = take_back_locked();
  {
    const unseen hidden;  // as the lock is
    deadline_ns = timers::later(os::now_ns(), delay_ns);
    period_ns_ = period_ns;
  }
  clock_->add_locked(*this);
  references_.fetch_add(1, std::memory_order_relaxed);  // the caller holds one
  clock_->rouse_locked(*this);
  return kept_from_going_off;
}

rung timer_core::ring(std::int64_t now) noexcept {
  if (call_) return rung::goes_off;  // with the heap's reference
  if (period_ns_ > 0 && unheard()) {
    release();
    return rung::done;
  }
  auto& ticks = ticks_->core();  // NOLINT(bugprone-unchecked-optional-access): what has no call has these
  if (!ticks.lock.try_lock()) return rung::not_now;
  time_point due{std::chrono::nanoseconds(deadline_ns)};
  // Blocked: the last tick has not been taken. Closed: somebody must not have done that, but that is his loss.
  if (ticks.try_send_unlocking(due) == attempt::blocked) ticks.lock.unlock();
  if (period_ns_ == 0) {
    release();
    return rung::done;
  }
  const std::int64_t periods = 1 + (now - deadline_ns) / period_ns_;
  deadline_ns = timers::later(deadline_ns, periods * period_ns_);
  return rung::again;
}

void timer_core::go_off(scheduler* home) noexcept {
  if (!home) {
    release();
    return;
  }
  start_late(
      *home,
      [this] {
        call_->run();
        release();
      },
      where_);
}

timer_handle::timer_handle(const timer_handle& other) noexcept : core_(other.core_) {
  if (core_) core_->add_handle();
}
timer_handle::~timer_handle() {
  if (core_) core_->drop_handle();
}

namespace {

std::int64_t checked_period(std::chrono::nanoseconds period) {
  if (period <= period.zero()) throw bad_option("mn: a ticker's period must be above zero");
  return period.count();
}

}  // namespace
}  // namespace mn::detail

namespace mn {

timer::timer(std::chrono::nanoseconds d) {
  core_ = new detail::timer_core(detail::own_clock(), 0);
  core_->reset(d.count(), 0);
}

timer::timer(std::chrono::nanoseconds d, std::unique_ptr<detail::timed_call> call, const std::source_location& where) {
  core_ = new detail::timer_core(detail::runtime_clock(), std::move(call), where);
  core_->reset(d.count(), 0);
}

mn::channel<time_point> timer::channel() const {
  const auto& ticks = core_->ticks();
  if (!ticks) throw timer_has_no_channel();
  return *ticks;
}

bool timer::stop() const {
  return core_->stop();
}

bool timer::reset(std::chrono::nanoseconds d) const {
  return core_->reset(d.count(), 0);
}

ticker::ticker(std::chrono::nanoseconds period) {
  const std::int64_t ns = detail::checked_period(period);
  core_ = new detail::timer_core(detail::own_clock(), ns);
  core_->reset(ns, ns);
}

mn::channel<time_point> ticker::channel() const noexcept {
  return *core_->ticks();  // NOLINT(bugprone-unchecked-optional-access): every ticker has one
}

void ticker::stop() const {
  core_->stop();
}

void ticker::reset(std::chrono::nanoseconds period) const {
  const std::int64_t ns = detail::checked_period(period);
  core_->reset(ns, ns);
}

}  // namespace mn
