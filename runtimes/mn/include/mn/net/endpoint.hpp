// endpoint: where a stream ends, or a listener listens: an IPv4 or IPv6 address with a port, or the path of a Unix
// socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mn/errors.hpp"

struct sockaddr;

namespace mn::net {

/// A text that is no endpoint. what() says which, and what is known.
class bad_endpoint : public mn::error {
 public:
  using mn::error::error;
};

/// A value of some 128 bytes. Not synchronised: one that several tasks share must not be changed.
class endpoint {
 public:
  /// Every address of this machine, and a port that the system chooses.
  endpoint() noexcept;

  /// `text` is one of
  ///   "127.0.0.1:8080", "[::1]:8080"  an address and a port from 0 to 65535; 0: the system chooses one
  ///   ":8080"                         every address of this machine, IPv6 and IPv4
  ///   "unix:/run/x.sock"              a path of at most 107 bytes
  ///   "unix:@name"                    a name of at most 107 bytes in no file system (Linux's abstract namespace)
  /// Names of machines are not looked up: that is lookup()'s, and connect()'s. Throws bad_endpoint.
  static endpoint parse(std::string_view text);

  /// The same text again. Of an IPv4 address that came as IPv6 ("::ffff:1.2.3.4") the IPv4 one. Throws std::bad_alloc.
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] bool is_unix() const noexcept;
  [[nodiscard]] bool is_ipv6() const noexcept;
  /// Every address of this machine, IPv6 and IPv4.
  [[nodiscard]] bool is_every_address() const noexcept;
  /// 0 for a Unix socket.
  [[nodiscard]] std::uint16_t port() const noexcept;
  /// The same address with another port; does nothing to a Unix socket.
  [[nodiscard]] endpoint with_port(std::uint16_t port) const noexcept;

  friend bool operator==(const endpoint& a, const endpoint& b) noexcept;

  // For the library: the system's form.
  endpoint(const sockaddr* from, std::uint32_t bytes) noexcept;
  [[nodiscard]] const sockaddr* address() const noexcept { return reinterpret_cast<const sockaddr*>(storage_); }
  [[nodiscard]] std::uint32_t bytes() const noexcept { return bytes_; }
  static constexpr std::size_t room = 112;  ///< enough for every kind, with the zero after a path

 private:
  alignas(8) std::byte storage_[room];
  std::uint32_t bytes_;
};

}  // namespace mn::net
