// Where the load goes, and connections to it.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include "load/wait.hpp"

namespace threadmark::load {

/// What the machine or the server does not give; what() is for the user.
class load_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A server at an IPv4 address.
struct target {
  sockaddr_in address{};
  std::string path = "/";

  /// "127.0.0.1:8080". Throws load_error.
  static target parse(const std::string& text);
  [[nodiscard]] std::string to_string() const;
  /// What each request is.
  [[nodiscard]] std::string request() const;
};

/// A descriptor that closes itself.
class socket_handle {
 public:
  explicit socket_handle(int fd = -1) noexcept : fd_(fd) {}
  socket_handle(socket_handle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  socket_handle& operator=(socket_handle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~socket_handle();
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// Begins to connect; the socket does not block. From one of this machine's loopback addresses, the `number`-th in
/// turn, so that there are ports for more than an address has: 127.0.0.1 to .254, `per_address` each. Throws
/// load_error, with the limit that was hit.
socket_handle begin_to_connect(const target& to, std::size_t number);
inline constexpr std::size_t per_address = 25'000;
/// Whether that has been done, which is so when it can be written to. Throws load_error where it has failed.
bool is_connected(const socket_handle& s, const target& to, std::size_t number);

/// Both, and waits in between, ten seconds at most. Throws as `check` does, too.
socket_handle connect_to(const target& to, std::size_t number, const wait_ends& ends = {});

/// Lets the process have so many descriptors. Throws load_error where the machine does not allow it.
void allow_descriptors(std::size_t wanted);

}  // namespace threadmark::load
