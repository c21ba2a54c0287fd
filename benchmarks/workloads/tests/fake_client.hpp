// A client in the test's own process: it opens real connections to the server under test, asks over each and checks the
// answer, and says what it was told to say.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <compose/socket.hpp>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>
#include <workloads/http_server.hpp>

namespace threadmark::workloads {

/// A connection to the server at a port of 127.0.0.1.
inline compose::socket connect_to_port(std::uint16_t port) {
  compose::socket made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) ADD_FAILURE() << "connect";
  return made;
}

inline void send_all(const compose::socket& to, std::string_view text) {
  EXPECT_EQ(::send(to.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

/// So many bytes, or what came before the end.
inline std::string receive(const compose::socket& from, std::size_t bytes) {
  std::string text(bytes, '\0');
  std::size_t have = 0;
  for (ssize_t n = 1; n > 0 && have < bytes; have += static_cast<std::size_t>(std::max<ssize_t>(n, 0)))
    n = ::recv(from.get(), text.data() + have, bytes - have, 0);
  text.resize(have);
  return text;
}

class fake_client {
 public:
  enum class lie { none, one_answer_more, one_connection_less };

  lie tells = lie::none;
  std::vector<std::string> asked;
  std::uint64_t answers = 0;  ///< that were right

  void ask(const std::string& line) {
    asked.push_back(line);
    std::istringstream words(line);
    std::string verb, path = "/";
    std::uint64_t process = 0, connections = 0;
    std::uint16_t port = 0;
    words >> verb;
    metrics_.clear();
    if (verb == "measure") {
      words >> process >> port >> connections >> path;
      measure(port, connections, path);
    } else if (verb == "hold") {
      words >> port >> connections;
      hold(port, connections - (tells == lie::one_connection_less && connections != 16 ? 1 : 0), path);
    } else {
      EXPECT_EQ(verb, "release");
      held_.clear();
    }
    looks_ = 0;
  }

  /// Not at once, as a real one.
  std::optional<client_metrics> answer() {
    if (++looks_ < 3) return std::nullopt;
    return metrics_;
  }

 private:
  void hold(std::uint16_t port, std::uint64_t connections, const std::string& path) {
    for (std::uint64_t i = 0; i < connections; ++i) {
      held_.push_back(connect_to_port(port));
      send_all(held_.back(), "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
      answers += receive(held_.back(), answers::ok.size()) == answers::ok;
    }
  }

  void measure(std::uint16_t port, std::uint64_t connections, const std::string& path) {
    const auto begun = std::chrono::steady_clock::now();
    hold(port, connections, path);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begun;
    const auto each = took.count() / static_cast<double>(connections);
    metrics_ = {{"requests_per_s", 1e6 / each},
                {"at50_p50_us", each},
                {"answered", static_cast<double>(answers + (tells == lie::one_answer_more ? 1 : 0))}};
    held_.clear();
  }

  std::vector<compose::socket> held_;
  client_metrics metrics_;
  int looks_ = 0;
};

}  // namespace threadmark::workloads
