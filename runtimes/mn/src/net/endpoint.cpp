#include "mn/net/endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace mn::net {
namespace {

static_assert(endpoint::room >= sizeof(sockaddr_un) + 1 && endpoint::room >= sizeof(sockaddr_in6));

constexpr std::size_t path_at = offsetof(sockaddr_un, sun_path);
constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

template <class Address>
Address as(const endpoint& e) noexcept {
  Address a{};
  std::memcpy(&a, e.address(), std::min<std::size_t>(e.bytes(), sizeof a));
  return a;
}

template <class Address>
endpoint made_of(const Address& a, std::size_t bytes = sizeof(Address)) noexcept {
  return {reinterpret_cast<const sockaddr*>(&a), static_cast<std::uint32_t>(bytes)};
}

[[noreturn]] void refuse(std::string_view text, const char* why) {
  throw bad_endpoint("mn: \"" + std::string(text) + "\" is no endpoint: " + why +
                     R"(; known are "127.0.0.1:8080", "[::1]:8080", ":8080", "unix:/path" and "unix:@name")");
}

std::uint16_t port_of(std::string_view digits, std::string_view text) {
  std::uint16_t port = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc{} || stopped != end) refuse(text, "a port is a number from 0 to 65535");
  return port;
}

endpoint unix_endpoint(std::string_view path, std::string_view text) {
  if (path.empty() || path == "@") refuse(text, "the path is empty");
  if (path.size() > longest_path) refuse(text, "the path is longer than 107 bytes");
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  std::ranges::copy(path, a.sun_path);
  if (path.front() == '@') {
    a.sun_path[0] = '\0';
    return made_of(a, path_at + path.size());
  }
  return made_of(a, path_at + path.size() + 1);
}

}  // namespace

endpoint::endpoint() noexcept {
  sockaddr_in6 a{};
  a.sin6_family = AF_INET6;
  a.sin6_addr = in6addr_any;
  *this = made_of(a);
}

endpoint::endpoint(const sockaddr* from, std::uint32_t bytes) noexcept
    : storage_{}, bytes_(std::min<std::uint32_t>(bytes, room)) {
  std::memcpy(storage_, from, bytes_);
}

endpoint endpoint::parse(std::string_view text) {
  if (text.starts_with("unix:")) return unix_endpoint(text.substr(5), text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) refuse(text, "there is no port");
  const std::uint16_t port = port_of(text.substr(colon + 1), text);
  std::string_view host = text.substr(0, colon);
  if (host.empty()) return endpoint().with_port(port);
  if (host.front() == '[') {
    if (host.size() < 2 || host.back() != ']') refuse(text, "the bracket is not closed");
    sockaddr_in6 a{};
    a.sin6_family = AF_INET6;
    if (inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), &a.sin6_addr) != 1)
      refuse(text, "not an IPv6 address");
    return made_of(a).with_port(port);
  }
  sockaddr_in a{};
  a.sin_family = AF_INET;
  if (inet_pton(AF_INET, std::string(host).c_str(), &a.sin_addr) != 1) refuse(text, "not an IPv4 address");
  return made_of(a).with_port(port);
}

std::string endpoint::to_string() const {
  if (is_unix()) {
    const auto a = as<sockaddr_un>(*this);
    if (bytes_ <= path_at) return "unix:";  // a client's, without a name
    if (a.sun_path[0] == '\0') return "unix:@" + std::string(a.sun_path + 1, bytes_ - path_at - 1);
    // The system allows a path that fills all of it, and then counts the zero that has no room.
    return "unix:" + std::string(a.sun_path, strnlen(a.sun_path, std::min(bytes_ - path_at, sizeof a.sun_path)));
  }
  const std::string port_text = ":" + std::to_string(port());
  if (is_every_address()) return port_text;
  char text[INET6_ADDRSTRLEN] = "?";
  if (!is_ipv6()) {
    const auto a = as<sockaddr_in>(*this);
    inet_ntop(AF_INET, &a.sin_addr, text, sizeof text);
    return text + port_text;
  }
  const auto a = as<sockaddr_in6>(*this);
  if (IN6_IS_ADDR_V4MAPPED(&a.sin6_addr)) {
    inet_ntop(AF_INET, &a.sin6_addr.s6_addr[12], text, sizeof text);
    return text + port_text;
  }
  inet_ntop(AF_INET6, &a.sin6_addr, text, sizeof text);
  return "[" + std::string(text) + "]" + port_text;
}

bool endpoint::is_unix() const noexcept {
  return address()->sa_family == AF_UNIX;
}

bool endpoint::is_ipv6() const noexcept {
  return address()->sa_family == AF_INET6;
}

bool endpoint::is_every_address() const noexcept {
  if (!is_ipv6()) return false;
  const auto a = as<sockaddr_in6>(*this);
  return std::memcmp(&a.sin6_addr, &in6addr_any, sizeof in6addr_any) == 0;
}

std::uint16_t endpoint::port() const noexcept {
  if (is_unix()) return 0;
  return ntohs(is_ipv6() ? as<sockaddr_in6>(*this).sin6_port : as<sockaddr_in>(*this).sin_port);
}

endpoint endpoint::with_port(std::uint16_t port) const noexcept {
  if (is_unix()) return *this;
  if (is_ipv6()) {
    auto a = as<sockaddr_in6>(*this);
    a.sin6_port = htons(port);
    return made_of(a);
  }
  auto a = as<sockaddr_in>(*this);
  a.sin_port = htons(port);
  return made_of(a);
}

bool operator==(const endpoint& a, const endpoint& b) noexcept {
  return a.bytes_ == b.bytes_ && std::memcmp(a.storage_, b.storage_, a.bytes_) == 0;
}

}  // namespace mn::net
