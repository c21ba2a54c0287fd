#include "load/target.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace threadmark::load {
namespace {

const sockaddr* generic(const sockaddr_in& a) noexcept {
  return reinterpret_cast<const sockaddr*>(&a);
}

/// By errno.
load_error failed(const char* call, const target& to, std::size_t number) {
  return load_error(
      fmt::format("{}: {} at connection {} to {}", call, std::strerror(errno), number + 1, to.to_string()));
}

}  // namespace

target target::parse(const std::string& text) {
  target t;
  t.address.sin_family = AF_INET;
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  if (colon == std::string::npos || inet_pton(AF_INET, text.substr(0, colon).c_str(), &t.address.sin_addr) != 1)
    throw load_error(
        fmt::format("\"{}\" is no target; an IPv4 address and a port are expected, as 127.0.0.1:8080", text));
  if (const auto r = std::from_chars(text.data() + colon + 1, end, port);
      r.ec != std::errc{} || r.ptr != end || port == 0)
    throw load_error(fmt::format("\"{}\" is no target; a port is a number from 1 to 65535", text));
  t.address.sin_port = htons(port);
  return t;
}

std::string target::to_string() const {
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
  return fmt::format("{}:{}", text, ntohs(address.sin_port));
}

std::string target::request() const {
  return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", path, to_string());
}

socket_handle::~socket_handle() {
  if (fd_ >= 0) close(fd_);
}

socket_handle begin_to_connect(const target& to, std::size_t number) {
  socket_handle s(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (s.get() < 0) throw failed("socket", to, number);
  const int yes = 1;
  (void)setsockopt(s.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (const auto address = number / per_address; address > 0) {
    if (address > 253) throw load_error("more connections than the loopback addresses have ports for");
    // The port is chosen when it connects, so that ports are unique for the pair and not for the address.
    (void)setsockopt(s.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(INADDR_LOOPBACK + address));
    if (bind(s.get(), generic(from), sizeof from) != 0) throw failed("bind", to, number);
  }
  if (connect(s.get(), generic(to.address), sizeof to.address) != 0 && errno != EINPROGRESS)
    throw failed("connect", to, number);
  return s;
}

bool is_connected(const socket_handle& s, const target& to, std::size_t number) {
  int error = 0;
  socklen_t bytes = sizeof error;
  getsockopt(s.get(), SOL_SOCKET, SO_ERROR, &error, &bytes);
  errno = error;
  if (error != 0) throw failed("connect", to, number);
  sockaddr_in unused;
  bytes = sizeof unused;
  return getpeername(s.get(), reinterpret_cast<sockaddr*>(&unused), &bytes) == 0;
}

socket_handle connect_to(const target& to, std::size_t number, const wait_ends& ends) {
  socket_handle s = begin_to_connect(to, number);
  // A backlog that is full lets nobody in, and says nothing.
  if (wait_for(s.get(), POLLOUT, std::chrono::seconds(10), ends) && is_connected(s, to, number)) return s;
  errno = ETIMEDOUT;
  throw failed("connect", to, number);
}

void allow_descriptors(std::size_t wanted) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  if (limit.rlim_max < wanted) limit.rlim_max = wanted;
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  getrlimit(RLIMIT_NOFILE, &limit);
  throw load_error(fmt::format("{} descriptors are needed, and {} may be had: raise `ulimit -n` (and fs.nr_open)",
                               wanted, static_cast<std::size_t>(limit.rlim_max)));
}

}  // namespace threadmark::load
