#include "mn/detail/deadline.hpp"

#include "os/os.hpp"

namespace mn::detail {

std::int64_t deadline_in(std::int64_t timeout_ns) noexcept {
  const std::int64_t now = os::now_ns();
  if (timeout_ns <= 0) return now;  // one that is below zero would be taken for none
  return timeout_ns < std::numeric_limits<std::int64_t>::max() - now ? now + timeout_ns
                                                                     : std::numeric_limits<std::int64_t>::max();
}

}  // namespace mn::detail
