#include "mn/net/listener.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "net/attempts.hpp"

namespace mn::net {
namespace {

using mn::detail::direction;

/// What accept(2) passes on from a connection that was broken before it was accepted.
bool is_of_the_connection(int error) noexcept {
  switch (error) {
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EOPNOTSUPP: return true;
    default: return false;
  }
}

}  // namespace

stream listener::accept_one(const context* ctx) const {
  constexpr const char* what = "accept at";
  mn::detail::descriptor& d = *core_;
  for (;;) {
    const os::outcome got =
        mn::detail::attempt_until_done(d, direction::read, ctx, what, [&] { return os::accept_from(d.fd()); });
    d.signal(direction::read);  // there may be more
    if (got.ok()) {
      const int fd = static_cast<int>(got.value);
      os::send_at_once(fd);
      return stream(mn::detail::descriptor_handle(&mn::detail::descriptor::adopt(fd, d.is_unix())));
    }
    if (d.is_closed()) mn::detail::throw_refused(d, what, mn::detail::admission::closed, 0);
    if (!is_of_the_connection(got.error)) mn::detail::throw_io_error(d, what, got.error);
  }
}

void listener::close() const noexcept {
  core_.get()->close();
}

void listener::set_deadline(time_point at) const noexcept {
  core_.get()->set_deadline(direction::read, mn::detail::deadline_at(at));
}

endpoint listener::local() const {
  return mn::detail::local_endpoint(*core_);
}

int listener::native_handle() const noexcept {
  return core_.get()->fd();
}

listener listen(const endpoint& at) {
  const auto failed = [&](int error) {
    return io_error(std::error_code(error, std::system_category()), "mn: listen at " + at.to_string());
  };
  os::outcome made = os::open_socket(at.address()->sa_family);
  endpoint place = at;
  if (made.error == EAFNOSUPPORT && at.is_every_address()) {  // a machine without IPv6
    place = endpoint::parse("0.0.0.0:" + std::to_string(at.port()));
    made = os::open_socket(place.address()->sa_family);
  }
  if (!made.ok()) throw failed(made.error);
  const int fd = static_cast<int>(made.value);
  const listener result(mn::detail::descriptor_handle(&mn::detail::descriptor::adopt(fd, at.is_unix())));
  if (place.is_every_address()) os::take_both_families(fd);
  const os::outcome listens = os::listen_at(fd, place.address(), place.bytes());
  if (!listens.ok()) throw failed(listens.error);
  return result;
}

listener listen(std::string_view at) {
  return listen(endpoint::parse(at));
}

}  // namespace mn::net
