// A server of threads, which does what each test wants of it.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "load/target.hpp"

namespace threadmark::load {

inline const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// A thread for each connection; `serve(number)` gives the answer to the number-th request in all, empty: it hangs up.
/// `ready_for(number)` returns when it may accept the number-th connection. One more than `backlog` may wait for that.
class small_server {
 public:
  explicit small_server(
      std::function<std::string(int)> serve, std::function<void(int)> ready_for = [](int) {}, int backlog = 4096)
      : serve_(std::move(serve)), ready_for_(std::move(ready_for)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    to_.address.sin_family = AF_INET;
    to_.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof to_.address;
    auto* at = reinterpret_cast<sockaddr*>(&to_.address);
    if (bind(listener_, at, bytes) != 0 || listen(listener_, backlog) != 0 || getsockname(listener_, at, &bytes) != 0)
      std::abort();
    accepts_ = std::thread([this] {
      for (int fd; ready_for_(connections_), (fd = accept(listener_, nullptr, nullptr)) >= 0;) {
        ++connections_;
        guests_.emplace_back([this, fd] { talk(fd); });
      }
    });
  }
  ~small_server() {
    shutdown(listener_, SHUT_RDWR);
    accepts_.join();
    for (auto& g : guests_) g.join();
    close(listener_);
  }

  [[nodiscard]] const target& to() const { return to_; }
  [[nodiscard]] std::uint16_t port() const { return ntohs(to_.address.sin_port); }
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void talk(int fd) {
    std::string in;
    std::array<char, 4096> buffer;
    for (ssize_t n; (n = recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
      in.append(buffer.data(), static_cast<std::size_t>(n));
      for (std::size_t end; (end = in.find("\r\n\r\n")) != std::string::npos; in.erase(0, end + 4)) {
        const std::string says = serve_(requests_++);
        if (says.empty()) {
          close(fd);
          return;
        }
        (void)!send(fd, says.data(), says.size(), MSG_NOSIGNAL);
      }
    }
    close(fd);
  }

  std::function<std::string(int)> serve_;
  std::function<void(int)> ready_for_;
  target to_;
  int listener_;
  std::atomic<int> requests_{0}, connections_{0};
  std::vector<std::thread> guests_;
  std::thread accepts_;
};

}  // namespace threadmark::load
