// TCP sockets of the system's, as far as the models share them that call it themselves: OS threads and oneTBB.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "model.hpp"

namespace threadmark::compose {

/// A descriptor that closes itself.
class socket {
 public:
  explicit socket(int fd = -1) noexcept : fd_(fd) {}
  socket(socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  socket& operator=(socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// One that listens on 127.0.0.1, at a port that the system picks. `flags`: SOCK_NONBLOCK or 0.
inline socket listen_on_loopback(int flags) {
  socket made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (made.get() < 0 || ::bind(made.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
      ::listen(made.get(), listen_queue) != 0) {
    throw std::system_error(errno, std::generic_category(), "a socket that listens");
  }
  return made;
}

inline std::uint16_t port_of(const socket& s) {
  sockaddr_in at{};
  socklen_t bytes = sizeof at;
  if (::getsockname(s.get(), reinterpret_cast<sockaddr*>(&at), &bytes) != 0) {
    throw std::system_error(errno, std::generic_category(), "getsockname");
  }
  return ntohs(at.sin_port);
}

/// What is written goes out at once, as Go and mn have it by default.
inline void send_at_once(const socket& s) {
  const int yes = 1;
  (void)::setsockopt(s.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/// Whether accept may be called again at once: the connection was broken before it was accepted.
inline bool was_broken_early(int error) {
  return error == EINTR || error == ECONNABORTED || error == EPROTO;
}

/// Whether accept may succeed later: for want of descriptors or memory.
inline bool is_short_of_descriptors(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/// How long to wait before accept is called again then.
inline constexpr duration short_wait = std::chrono::milliseconds(5);

}  // namespace threadmark::compose
