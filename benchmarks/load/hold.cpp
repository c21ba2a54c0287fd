#include "load/hold.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "load/answer.hpp"

namespace threadmark::load {
namespace {

void ask_once(int fd, const std::string& request, std::size_t number, const wait_ends& ends) {
  const auto failed = [&](const char* what) {
    return load_error(fmt::format("{} at connection {}", what, number + 1));
  };
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    throw failed("cannot send a request");
  answer in;
  for (std::array<char, 4096> buffer;;) {
    if (!wait_for(fd, POLLIN, std::chrono::seconds(10), ends)) throw failed("no answer for ten seconds");
    const ssize_t n = recv(fd, buffer.data(), buffer.size(), 0);
    if (n <= 0) throw failed("the server ended the connection");
    const auto state = in.take({buffer.data(), static_cast<std::size_t>(n)});
    if (state == answer::state::complete) return;
    if (state == answer::state::bad) throw failed("a bad answer");
  }
}

}  // namespace

socket_handle connect_and_ask(const target& to, std::size_t number, const wait_ends& ends) {
  auto s = connect_to(to, number, ends);
  ask_once(s.get(), to.request(), number, ends);
  return s;
}

std::vector<socket_handle> hold(const target& to, std::size_t connections, const wait_ends& ends) {
  allow_descriptors(connections + 64);
  std::vector<socket_handle> held;
  held.reserve(connections);
  for (std::size_t i = 0; i < connections; ++i) held.push_back(connect_and_ask(to, i, ends));
  return held;
}

}  // namespace threadmark::load
