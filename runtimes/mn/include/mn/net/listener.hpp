// listener: where connections come in.
//
//   const mn::net::listener server = mn::net::listen("127.0.0.1:8080");
//   for (;;) mn::go([s = server.accept()] { serve(s); });
#pragma once

#include <string_view>
#include <utility>

#include "mn/context.hpp"
#include "mn/detail/descriptor_handle.hpp"
#include "mn/net/endpoint.hpp"
#include "mn/net/stream.hpp"

namespace mn::net {

/// A shared handle, as stream is, with the same rules for who may call what.
class listener {
 public:
  /// Waits for the next connection. Throws io_error, io_closed after close(), io_timed_out; std::bad_alloc. Where the
  /// process, or the system, has no descriptor left (EMFILE, ENFILE; code() says so) the connection waits on: free
  /// some, or sleep a little, and call again. Connections that were broken before they were accepted are passed over.
  [[nodiscard]] stream accept() const { return accept_one(nullptr); }
  /// The same until `ctx` is done: then throws context_cancelled or context_deadline_exceeded.
  [[nodiscard]] stream accept(const context& ctx) const { return accept_one(&ctx); }

  /// No more connections; who waits in accept(), or calls it later, gets io_closed. Connections that were made stay. A
  /// Unix socket's path stays as well: it is the program's to remove. Does nothing the second time.
  void close() const noexcept;

  /// Until when accept() may take: see stream::set_deadline.
  void set_deadline(time_point at) const noexcept;

  /// Where it listens, with the port that the system has chosen.
  [[nodiscard]] endpoint local() const;

  [[nodiscard]] int native_handle() const noexcept;

  friend bool operator==(const listener& a, const listener& b) noexcept { return a.core_.get() == b.core_.get(); }

  /// For the library.
  explicit listener(detail::descriptor_handle core) noexcept : core_(std::move(core)) {}

 private:
  [[nodiscard]] stream accept_one(const context* ctx) const;

  detail::descriptor_handle core_;
};

/// Listens at an endpoint, with the longest queue that the system allows (net.core.somaxconn). Where it says every
/// address, IPv6 and IPv4, as far as the machine has them. Throws io_error (as EADDRINUSE, EACCES), std::bad_alloc.
[[nodiscard]] listener listen(const endpoint& at);
/// The same for a text: see endpoint::parse. Throws bad_endpoint as well.
[[nodiscard]] listener listen(std::string_view at);

}  // namespace mn::net
