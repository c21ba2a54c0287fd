// A variable that others may look at while its owner changes it.
#pragma once

#include <atomic>

namespace mn::detail {

/// What one thread writes, or whoever holds a lock, and others look at: plain for its owner, and never torn for the
/// rest.
template <class T>
class published {
 public:
  published& operator=(T v) noexcept {
    value_.store(v, std::memory_order_relaxed);
    return *this;
  }
  published& operator=(const published& other) noexcept { return *this = static_cast<T>(other); }
  operator T() const noexcept { return value_.load(std::memory_order_relaxed); }  // NOLINT: reads like the value itself
  T operator->() const noexcept { return *this; }

  /// Empties it; what came before is visible to whoever sees that by look().
  T take() noexcept {
    const T was = *this;
    if (was) value_.store(T{}, std::memory_order_release);
    return was;
  }
  [[nodiscard]] T look() const noexcept { return value_.load(std::memory_order_acquire); }

 private:
  std::atomic<T> value_{};
};

}  // namespace mn::detail
