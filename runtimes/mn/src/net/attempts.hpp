// What every operation on a descriptor does around its system call: wait until it may succeed, try, wait again; and
// what becomes of errors.
#pragma once

#include <string>

#include "mn/net/endpoint.hpp"
#include "mn/task.hpp"
#include "net/descriptor.hpp"
#include "os/net.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {

/// Throw io_error.
[[nodiscard]] net::endpoint local_endpoint(const descriptor& d);
[[nodiscard]] net::endpoint remote_endpoint(const descriptor& d);

/// On the runtime's clock; time_point::max() is none.
[[nodiscard]] std::int64_t deadline_at(time_point at) noexcept;

/// Throws io_error: "mn: read from 127.0.0.1:80: Connection reset by peer". `what` is "read from"; the other side is
/// added where the system still knows it.
[[noreturn]] void throw_io_error(const descriptor& d, const char* what, int error);
[[noreturn]] void throw_refused(const descriptor& d, const char* what, admission why, int error);

/// A task that never has to wait would keep its worker for itself: after so many operations in a row it gives way.
void give_way_now_and_then() noexcept;

/// Calls `attempt`, which returns an os::outcome, until it has not been in vain. Errors are the caller's.
template <class Attempt>
os::outcome attempt_until_done(descriptor& d, direction which, const mn::context* ctx, const char* what,
                               Attempt attempt) {
  for (;;) {
    int error = 0;
    if (const admission a = d.begin(which, ctx, error); a != admission::granted) throw_refused(d, what, a, error);
    const os::outcome result = attempt();
    if (!result.would_block()) {
      give_way_now_and_then();
      return result;
    }
  }
}

}  // namespace mn::detail
