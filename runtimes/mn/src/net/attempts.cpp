#include "net/attempts.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "mn/detail/deadline.hpp"
#include "mn/errors.hpp"
#include "mn/net/endpoint.hpp"

namespace mn::detail {
namespace {

using address_call = os::outcome (*)(int fd, sockaddr* into, std::uint32_t& bytes);

net::endpoint ask(const descriptor& d, address_call which, os::outcome& result) noexcept {
  alignas(8) std::array<std::byte, net::endpoint::room> address{};
  auto bytes = static_cast<std::uint32_t>(address.size());
  auto* at = reinterpret_cast<sockaddr*>(address.data());
  result = which(d.fd(), at, bytes);
  return result.ok() ? net::endpoint(at, bytes) : net::endpoint();
}

/// Of a listener, and of a connection that is broken, only this side is known.
std::string with_whom(const descriptor& d, const char* what) {
  os::outcome known;
  net::endpoint whom = ask(d, os::remote_address, known);
  if (!known.ok()) whom = ask(d, os::local_address, known);
  return std::string("mn: ") + what + (known.ok() ? " " + whom.to_string() : "");
}

}  // namespace

net::endpoint local_endpoint(const descriptor& d) {
  os::outcome known;
  const net::endpoint at = ask(d, os::local_address, known);
  if (!known.ok()) throw_io_error(d, "this side's address", known.error);
  return at;
}

net::endpoint remote_endpoint(const descriptor& d) {
  os::outcome known;
  const net::endpoint at = ask(d, os::remote_address, known);
  if (!known.ok()) throw_io_error(d, "the other side's address", known.error);
  return at;
}

std::int64_t deadline_at(time_point at) noexcept {
  if (at == time_point::max()) return no_deadline;
  return std::max(std::chrono::nanoseconds(at.time_since_epoch()).count(), std::int64_t{0});
}

void throw_io_error(const descriptor& d, const char* what, int error) {
  throw io_error(std::error_code(error, std::system_category()), with_whom(d, what));
}

void throw_refused(const descriptor& d, const char* what, admission why, int error) {
  switch (why) {
    case admission::closed: throw io_closed(with_whom(d, what) + ": closed by this side");
    case admission::too_late: throw io_timed_out(with_whom(d, what));
    case admission::no_poller:
    case admission::granted: break;
  }
  std::string text = with_whom(d, what) + ": the system cannot watch it";
  if (error == ENOSPC) text += " (fs.epoll.max_user_watches is reached)";
  throw io_error(std::error_code(error, std::system_category()), text);
}

void give_way_now_and_then() noexcept {
  const unseen hidden;
  worker* w = current_worker();
  if (w && w->current) w->count_operation();
}

}  // namespace mn::detail
