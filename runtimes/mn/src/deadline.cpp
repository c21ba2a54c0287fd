#include "mn/detail/deadline.hpp"

#include "os/os.hpp"
#include "timers.hpp"

namespace mn::detail {

std::int64_t deadline_in(std::int64_t timeout_ns) noexcept {
  return timers::later(os::now_ns(), timeout_ns);
}

}  // namespace mn::detail
