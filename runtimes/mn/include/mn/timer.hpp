// timer and ticker: the time as a value on a channel, or as the start of a task.
//
//   mn::ticker every(10ms);
//   mn::timer limit(1s);
//   for (bool going = true; going;) {
//     mn::select(mn::on_recv(every.channel(), [](auto) { poll(); }),
//                mn::on_recv(limit.channel(), [&](auto) { going = false; }));
//   }
#pragma once

#include <chrono>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

#include "mn/channel.hpp"
#include "mn/errors.hpp"
#include "mn/task.hpp"

namespace mn {

namespace detail {

class timer_core;

struct timed_call {
  virtual ~timed_call() = default;
  virtual void run() = 0;
};

template <class F>
struct timed_call_of final : timed_call {
  explicit timed_call_of(F&& function) : f(std::move(function)) {}
  explicit timed_call_of(const F& function) : f(function) {}
  void run() override { f(); }
  F f;
};

/// What timer and ticker have in common: a counted reference.
class timer_handle {
 public:
  timer_handle(const timer_handle& other) noexcept;
  timer_handle(timer_handle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  timer_handle& operator=(timer_handle other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~timer_handle();

  /// Two handles are equal if they refer to the same timer.
  friend bool operator==(const timer_handle& a, const timer_handle& b) noexcept { return a.core_ == b.core_; }

 protected:
  timer_handle() = default;

  timer_core* core_ = nullptr;
};

}  // namespace detail

/// Goes off once, when a time has passed: sends the time at which it was due to its channel, or starts a task.
///
/// A shared handle, as in Go: copies refer to the same timer, and all members may be called at the same time from any
/// number of tasks and plain threads. A timer runs on when its last handle is gone, unless nobody can notice: a timer
/// whose channel nobody else has is stopped then. One that is made in a task is kept by the workers of that task's
/// runtime, one that is made elsewhere by a thread of its own for the whole process, as are channel timers that are
/// still set when their runtime ends. A pending timer keeps neither run() from returning nor a runtime from ending.
///
/// Where every worker is busy it goes off up to a millisecond late. Cost: two or three allocations to make one; to set
/// or stop it a lock that all timers of the runtime share, for a time that grows with the logarithm of how many are
/// set.
class timer : public detail::timer_handle {
 public:
  /// Sends to channel() after `d`, at once where d is zero or less. Throws std::bad_alloc; from a plain thread
  /// out_of_resources where the system gives no thread to keep the time.
  explicit timer(std::chrono::nanoseconds d);

  /// Starts `f()` as a task after `d`: see call_after.
  template <class F>
    requires std::is_invocable_v<std::decay_t<F>&>
  timer(std::chrono::nanoseconds d, F&& f, const std::source_location& where = std::source_location::current())
      : timer(d, std::make_unique<detail::timed_call_of<std::decay_t<F>>>(std::forward<F>(f)), where) {}

  /// Where the time arrives; its capacity is 1. It is never closed, and not to be closed. Throws timer_has_no_channel
  /// for a timer that starts a task.
  [[nodiscard]] mn::channel<time_point> channel() const;

  /// Stops the timer. True if that kept it from going off, or from being heard: when stop() has returned, nobody
  /// receives from the channel what was due before. False if it was stopped already, if the value has been
  /// received, or if the task has been started; stop() does not wait for that task's end.
  bool stop() const;

  /// Stops the timer and sets it to go off `d` from now; returns what stop() would have. When it has returned, nobody
  /// receives a value that was due before. Throws std::bad_alloc, the timer is then stopped; and runtime_has_ended
  /// where it starts a task of a runtime that is gone.
  bool reset(std::chrono::nanoseconds d) const;

 private:
  timer(std::chrono::nanoseconds d, std::unique_ptr<detail::timed_call> call, const std::source_location& where);
};

/// Starts `f()` as a task of the current runtime after `d`, unless the timer is stopped before; at once where `d` is
/// zero or less. With reset() it is started again, whether or not the earlier call has ended. What is not due when the
/// runtime ends is not called, and destroyed there. From tasks only (throws not_in_a_task); std::bad_alloc. An
/// exception that leaves `f` ends the program.
template <class F>
  requires std::is_invocable_v<std::decay_t<F>&>
timer call_after(std::chrono::nanoseconds d, F&& f,
                 const std::source_location& where = std::source_location::current()) {
  return timer(d, std::forward<F>(f), where);
}

/// Sends the time to its channel again and again, one period after the other. A tick that finds the one before it
/// still in the channel is dropped, so a slow receiver gets fewer of them, never old ones in a row. Ticks do not drift:
/// each is due a whole number of periods after the first.
///
/// A shared handle, as timer is. A ticker that nobody can hear any more, because neither a handle nor another copy
/// of its channel is left, stops by itself.
class ticker : public detail::timer_handle {
 public:
  /// The first tick comes after one period. Throws bad_option where the period is not above zero; else as timer.
  explicit ticker(std::chrono::nanoseconds period);

  /// Where the ticks arrive; its capacity is 1. stop() does not close it, and nobody should.
  [[nodiscard]] mn::channel<time_point> channel() const noexcept;

  /// No more ticks; when it has returned, nobody receives an earlier one.
  void stop() const;

  /// The next tick comes one new period from now. When it has returned, nobody receives an earlier one. Throws
  /// bad_option where the period is not above zero, the ticker then goes on as it was; std::bad_alloc, it is then
  /// stopped.
  void reset(std::chrono::nanoseconds period) const;
};

}  // namespace mn
