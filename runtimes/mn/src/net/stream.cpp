#include "mn/net/stream.hpp"

#include "net/attempts.hpp"

namespace mn::detail {

descriptor_handle::descriptor_handle(const descriptor_handle& other) noexcept : descriptor_(other.descriptor_) {
  if (descriptor_) descriptor_->add_reference();
}

descriptor_handle::~descriptor_handle() {
  if (descriptor_) descriptor_->drop_reference();
}

}  // namespace mn::detail

namespace mn::net {
namespace {

using mn::detail::direction;

}  // namespace

stream stream::adopt(int fd) {
  os::never_block(fd);
  return stream(mn::detail::descriptor_handle(&mn::detail::descriptor::adopt(fd, os::is_unix(fd))));
}

std::size_t stream::read_some(const context* ctx, void* into, std::size_t bytes) const {
  if (bytes == 0) return 0;
  constexpr const char* what = "read from";
  mn::detail::descriptor& d = *core_;
  const os::outcome got =
      mn::detail::attempt_until_done(d, direction::read, ctx, what, [&] { return os::receive(d.fd(), into, bytes); });
  const auto n = static_cast<std::size_t>(got.ok() ? got.value : 0);
  if (got.ok() && n > 0 && n < bytes) {
    d.note_short_read();
  } else {
    d.signal(direction::read);  // there may be more; at its end, or broken, it will say so again
  }
  // What was closed meanwhile by this side looks to the system as if the other had ended.
  if ((!got.ok() || n == 0) && d.is_closed()) mn::detail::throw_refused(d, what, mn::detail::admission::closed, 0);
  if (!got.ok()) mn::detail::throw_io_error(d, what, got.error);
  return n;
}

void stream::write_all(const context* ctx, const void* from, std::size_t bytes) const {
  constexpr const char* what = "write to";
  mn::detail::descriptor& d = *core_;
  const auto* at = static_cast<const char*>(from);
  while (bytes > 0) {
    const os::outcome sent =
        mn::detail::attempt_until_done(d, direction::write, ctx, what, [&] { return os::send(d.fd(), at, bytes); });
    d.signal(direction::write);
    if (!sent.ok() && d.is_closed()) mn::detail::throw_refused(d, what, mn::detail::admission::closed, 0);
    if (!sent.ok()) mn::detail::throw_io_error(d, what, sent.error);
    at += sent.value;
    bytes -= static_cast<std::size_t>(sent.value);
  }
}

void stream::wait_until_readable(const context* ctx) const {
  mn::detail::descriptor& d = *core_;
  do {
    int error = 0;
    const auto a = d.begin(direction::read, ctx, error);
    if (a != mn::detail::admission::granted) mn::detail::throw_refused(d, "wait for", a, error);
  } while (!os::is_ready(d.fd(), false));
  d.signal(direction::read);  // for the read
}

void stream::close_write() const {
  mn::detail::descriptor& d = *core_;
  if (d.is_closed()) mn::detail::throw_refused(d, "end of writing to", mn::detail::admission::closed, 0);
  const os::outcome shut = os::shut_down(d.fd(), os::half::writing);
  d.signal(direction::write);  // whoever waits for room learns it
  if (!shut.ok()) mn::detail::throw_io_error(d, "end of writing to", shut.error);
}

void stream::close() const noexcept {
  core_.get()->close();
}

void stream::set_read_deadline(time_point at) const noexcept {
  core_.get()->set_deadline(direction::read, mn::detail::deadline_at(at));
}

void stream::set_write_deadline(time_point at) const noexcept {
  core_.get()->set_deadline(direction::write, mn::detail::deadline_at(at));
}

endpoint stream::local() const {
  return mn::detail::local_endpoint(*core_);
}

endpoint stream::remote() const {
  return mn::detail::remote_endpoint(*core_);
}

int stream::native_handle() const noexcept {
  return core_.get()->fd();
}

}  // namespace mn::net
