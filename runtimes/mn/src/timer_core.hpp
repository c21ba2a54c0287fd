// What is behind the handles of mn::timer and mn::ticker: an alarm that sends to a channel, once or again and again,
// or that starts a task.
//
// Invariants
//   * The clock's lock guards deadline, period and place, and is held while a value is sent or taken back: so what
//     stop() and reset() find under it is either still to come, or in the channel, or has been received.
//   * References: one by all handles together, one by the heap while the alarm is set, one by each call that has been
//     started. A handle can make another one; nothing else can. So once there is none, nobody sets the alarm again.
//   * Nobody can hear it where no handle is left and its own is the only reference to the channel: neither can come
//     back. Looked at when the last handle goes, and by a ticker at every tick.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>

#include "mn/timer.hpp"
#include "timers.hpp"

namespace mn::detail {

class timer_core final : public alarm {
 public:
  /// Sends; `period_ns` 0: once.
  timer_core(std::shared_ptr<timers> clock, std::int64_t period_ns);
  /// Starts a task.
  timer_core(std::shared_ptr<timers> clock, std::unique_ptr<timed_call> call, const std::source_location& where);

  // Relaxed: a new handle is made from one that the caller holds.
  void add_handle() noexcept { handles_.fetch_add(1, std::memory_order_relaxed); }
  void drop_handle() noexcept;

  [[nodiscard]] const std::optional<channel<time_point>>& ticks() const noexcept { return ticks_; }

  bool stop() noexcept;
  /// `period_ns` 0: keeps to once.
  bool reset(std::int64_t delay_ns, std::int64_t period_ns);

  rung ring(std::int64_t now) noexcept override;
  void go_off(scheduler* home) noexcept override;

 private:
  ~timer_core() override = default;

  [[nodiscard]] bool unheard() const noexcept;
  bool take_back_locked() noexcept;
  void release() noexcept;

  const std::shared_ptr<timers> clock_;
  const std::optional<channel<time_point>> ticks_;
  const std::unique_ptr<timed_call> call_;
  const std::source_location where_;
  std::int64_t period_ns_ = 0;
  std::atomic<std::uint32_t> handles_{1};
  std::atomic<std::uint32_t> references_{1};
};

}  // namespace mn::detail
