// How long a timed wait may take: any std::chrono duration as nanoseconds, and from there a point on the runtime's
// clock. Both saturate: whoever asks for a thousand years waits 292, not a negative time.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ratio>

namespace mn::detail {

/// No deadline: for ever.
inline constexpr std::int64_t no_deadline = -1;

/// A point on the runtime's clock, `timeout_ns` (at least 0) from now.
[[nodiscard]] std::int64_t deadline_in(std::int64_t timeout_ns) noexcept;

/// Rounded up, so that nobody is woken too early; 0 for what is negative (or not a number).
template <class Rep, class Period>
[[nodiscard]] std::int64_t timeout_ns(const std::chrono::duration<Rep, Period>& d) noexcept {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const auto ns = std::ceil(std::chrono::duration<long double, std::nano>(d).count());
  if (!(ns > 0)) return 0;
  return ns < static_cast<long double>(most) ? static_cast<std::int64_t>(ns) : most;
}

template <class Rep, class Period>
[[nodiscard]] std::int64_t deadline_in(const std::chrono::duration<Rep, Period>& d) noexcept {
  return deadline_in(timeout_ns(d));
}

}  // namespace mn::detail
