// Sockets for operating-system threads: the system's own blocking calls. Closing is a shutdown, which wakes the thread
// that waits in accept; the descriptor is closed by the destructor, when nobody can be in a call with it any more.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "compose/socket.hpp"

namespace threadmark::os_threads {

class connection {
 public:
  explicit connection(compose::socket s) : socket_(std::move(s)) {}

  std::size_t read_some(std::span<char> into) {
    ssize_t n = 0;
    do n = ::recv(socket_.get(), into.data(), into.size(), 0);
    while (n < 0 && errno == EINTR);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }

  bool write_all(std::string_view all) {
    while (!all.empty()) {
      const ssize_t n = ::send(socket_.get(), all.data(), all.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      all.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

 private:
  compose::socket socket_;
};

class listener {
 public:
  listener() : socket_(compose::listen_on_loopback(0)) {}

  [[nodiscard]] std::uint16_t port() const { return compose::port_of(socket_); }

  std::optional<connection> accept() {
    while (!closed_.load(std::memory_order_acquire)) {  // pairs with close()
      compose::socket made(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (made.get() >= 0) {
        compose::send_at_once(made);
        return connection(std::move(made));
      }
      if (closed_.load(std::memory_order_acquire)) break;
      if (compose::is_short_of_descriptors(errno)) {
        std::this_thread::sleep_for(compose::short_wait);
      } else if (!compose::was_broken_early(errno)) {
        throw std::system_error(errno, std::generic_category(), "accept");
      }
    }
    return std::nullopt;
  }

  void close() {
    closed_.store(true, std::memory_order_release);
    ::shutdown(socket_.get(), SHUT_RDWR);
  }

 private:
  compose::socket socket_;
  std::atomic<bool> closed_{false};
};

}  // namespace threadmark::os_threads
