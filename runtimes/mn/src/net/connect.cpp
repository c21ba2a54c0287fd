#include "mn/net/connect.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "mn/net/lookup.hpp"
#include "mn/task.hpp"
#include "net/attempts.hpp"

namespace mn::net {
namespace {

using namespace std::chrono_literals;
using mn::detail::direction;

io_error failure(const endpoint& to, int error) {
  return {std::error_code(error, std::system_category()), "mn: connect to " + to.to_string()};
}

/// Waits until the attempt that has begun has ended; returns its error, or 0.
int wait_for_end(mn::detail::descriptor& d, const context* ctx) {
  constexpr const char* what = "connect from";
  d.expect_writable();
  for (;;) {
    int error = 0;
    const auto a = d.begin(direction::write, ctx, error);
    if (a != mn::detail::admission::granted) mn::detail::throw_refused(d, what, a, error);
    if (error = os::socket_error(d.fd()); error != 0) return error;
    if (os::is_connected(d.fd())) break;
  }
  d.signal(direction::write);
  return 0;
}

stream connect_to(const context* ctx, const endpoint& to) {
  const os::outcome made = os::open_socket(to.address()->sa_family);
  if (!made.ok()) throw failure(to, made.error);
  const int fd = static_cast<int>(made.value);
  stream s(mn::detail::descriptor_handle(&mn::detail::descriptor::adopt(fd, to.is_unix())));
  os::send_at_once(fd);
  os::outcome begun = os::connect_to(fd, to.address(), to.bytes());
  // A Unix listener's queue is full, and nothing tells when it is not any more (connect(2)).
  for (auto pause = 1ms; begun.error == EAGAIN && to.is_unix(); pause = std::min(2 * pause, 64ms)) {
    if (ctx) ctx->throw_if_done();
    sleep_for(pause);
    begun = os::connect_to(fd, to.address(), to.bytes());
  }
  const int error = begun.error == EINPROGRESS ? wait_for_end(s.core(), ctx) : begun.error;
  if (error != 0) throw failure(to, error);
  return s;
}

stream connect_to_any(const context* ctx, std::string_view to) {
  const auto places = ctx ? lookup(*ctx, to) : lookup(to);
  for (std::size_t i = 0;; ++i) {
    try {
      return connect_to(ctx, places[i]);
    } catch (const io_error&) {
      if (i + 1 == places.size()) throw;
    }
  }
}

}  // namespace

stream connect(const endpoint& to) {
  return connect_to(nullptr, to);
}

stream connect(const context& ctx, const endpoint& to) {
  return connect_to(&ctx, to);
}

stream connect(std::string_view to) {
  return connect_to_any(nullptr, to);
}

stream connect(const context& ctx, std::string_view to) {
  return connect_to_any(&ctx, to);
}

}  // namespace mn::net
