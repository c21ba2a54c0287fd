// Connections: what is sent arrives, and who waits for one holds up nobody else. The other side is a plain thread with
// the system's own blocking calls, so that each model is tried against the same.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "conformance/suite.hpp"

namespace threadmark::conformance {

/// The other side of one connection.
class peer {
 public:
  explicit peer(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
      throw std::system_error(errno, std::generic_category(), "connect");
  }
  peer(peer&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  peer& operator=(peer&&) = delete;
  ~peer() {
    if (fd_ >= 0) ::close(fd_);
  }

  void send(std::string_view all) const {
    while (!all.empty()) {
      const ssize_t n = ::send(fd_, all.data(), all.size(), MSG_NOSIGNAL);
      if (n <= 0) throw std::system_error(errno, std::generic_category(), "send");
      all.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  /// So many bytes, or fewer where the other side ends before.
  [[nodiscard]] std::string receive(std::size_t bytes) const {
    std::string all(bytes, '\0');
    std::size_t have = 0;
    while (have < bytes) {
      const ssize_t n = ::recv(fd_, all.data() + have, bytes - have, 0);
      if (n <= 0) break;
      have += static_cast<std::size_t>(n);
    }
    all.resize(have);
    return all;
  }

  /// Nothing more is sent; the rest can still be received.
  void end() const { ::shutdown(fd_, SHUT_WR); }

  /// Ends the connection by a reset.
  void break_off() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

/// Skips the rule, with the reason that the model declares, where it has no network.
template <class M>
class network_rules : public rules<M> {
 protected:
  void SetUp() override {
    if constexpr (!networks<M>) {
      GTEST_SKIP() << to_string(capability::network) << ": " << M::express(capability::network).by;
    }
  }

  /// Runs `clients(port)` in a plain thread beside a task for each connection that comes: `each(connection&)` is called
  /// until it returns false. Ends when the clients have ended, and every connection has. Skips where this configuration
  /// has no network.
  template <class Each, class Clients>
  void serve(Each each, Clients clients) {
    std::string why_not;
    this->run([&] {
      try {
        typename M::listener incoming;
        typename M::wait_group accepts;
        accepts.add(1);
        M::go([&] {
          while (auto c = incoming.accept()) M::serve(std::move(*c), each);
          accepts.done();
        });
        std::atomic<bool> ended = false;
        std::thread outside([&, port = incoming.port()] {
          clients(port);
          ended = true;
        });
        this->wait_until([&] { return ended.load(); });
        outside.join();
        incoming.close();
        accepts.wait();
      } catch (const not_expressed& e) {
        why_not = e.what();
      }
    });
    EXPECT_TRUE(why_not.empty() || cores() > 1) << "one core is enough for a network";
    if (!why_not.empty()) GTEST_SKIP() << why_not;
  }

  /// Sends back what it reads.
  static auto echo() {
    return [](typename M::connection& c) {
      std::array<char, 1024> buffer;
      const auto n = c.read_some(buffer);
      return n != 0 && c.write_all({buffer.data(), n});
    };
  }

  /// Text in which no part is like another.
  static std::string numbered(std::size_t bytes) {
    std::string text;
    for (std::uint64_t i = 0; text.size() < bytes; ++i) text += std::to_string(i) + ' ';
    text.resize(bytes);
    return text;
  }
};
TYPED_TEST_SUITE(network_rules, models);

TYPED_TEST(network_rules, what_is_sent_arrives_whole_and_in_order) {
  if constexpr (networks<TypeParam>) {
    this->serve(this->echo(), [&](std::uint16_t port) {
      const peer p(port);
      const auto text = this->numbered(3'000'000);
      std::thread sends([&] {
        p.send(text);
        p.end();
      });
      EXPECT_TRUE(p.receive(text.size() + 1) == text);
      sends.join();
    });
  }
}

TYPED_TEST(network_rules, a_read_returns_nothing_once_the_peer_has_ended) {
  using M = TypeParam;
  if constexpr (networks<M>) {
    std::atomic<int> some = 0, nothing = 0;
    this->serve(
        [&](typename M::connection& c) {
          std::array<char, 16> buffer;
          const bool got = c.read_some(buffer) != 0;
          ++(got ? some : nothing);
          return got || (c.write_all("over") && false);
        },
        [](std::uint16_t port) {
          const peer p(port);
          p.send("x");
          p.end();
          EXPECT_EQ(p.receive(100), "over") << "the half that the peer has not ended stays";
        });
    if (this->IsSkipped()) return;
    EXPECT_EQ(some, 1);
    EXPECT_EQ(nothing, 1);
  }
}

TYPED_TEST(network_rules, a_blocked_read_holds_up_no_other_task) {
  using M = TypeParam;
  if constexpr (networks<M>) {
    this->serve(this->echo(), [](std::uint16_t port) {
      std::vector<peer> silent;
      for (int i = 0; i < 20; ++i) silent.emplace_back(port);
      for (int i = 0; i < 5; ++i) {
        const peer p(port);
        p.send("hello");
        EXPECT_EQ(p.receive(5), "hello");
      }
      for (const auto& p : silent) {
        p.send("me too");
        EXPECT_EQ(p.receive(6), "me too");
      }
    });
  }
}

TYPED_TEST(network_rules, closing_a_listener_wakes_its_accept) {
  using M = TypeParam;
  if constexpr (networks<M>) {
    std::string why_not;
    this->run([&] {
      try {
        typename M::listener incoming;
        typename M::wait_group ended;
        std::atomic<bool> accepting = false, none = false;
        ended.add(1);
        M::go([&] {
          accepting = true;
          none = !incoming.accept();
          ended.done();
        });
        this->wait_until([&] { return accepting.load(); });
        this->let_others_run();
        EXPECT_FALSE(none);
        incoming.close();
        ended.wait();
        EXPECT_TRUE(none);
        EXPECT_FALSE(incoming.accept()) << "and later ones find it closed";
      } catch (const not_expressed& e) {
        why_not = e.what();
      }
    });
    if (!why_not.empty()) GTEST_SKIP() << why_not;
  }
}

TYPED_TEST(network_rules, many_connections_are_served_at_once) {
  if constexpr (networks<TypeParam>) {
    this->serve(this->echo(), [](std::uint16_t port) {
      std::vector<peer> peers;
      for (int i = 0; i < 200; ++i) peers.emplace_back(port);
      for (int round = 0; round < 20; ++round) {
        for (std::size_t i = 0; i < peers.size(); ++i) peers[i].send(std::to_string(1000 + i));
        for (std::size_t i = peers.size(); i-- > 0;) EXPECT_EQ(peers[i].receive(4), std::to_string(1000 + i));
      }
    });
  }
}

TYPED_TEST(network_rules, a_slow_reader_holds_up_only_its_own_writer) {
  if constexpr (networks<TypeParam>) {
    this->serve(this->echo(), [&](std::uint16_t port) {
      const auto text = this->numbered(8'000'000);  // more than the system keeps for who does not read
      const peer slow(port);
      std::thread sends([&] {
        slow.send(text);
        slow.end();
      });
      for (int i = 0; i < 50; ++i) {
        const peer quick(port);
        quick.send("hello");
        EXPECT_EQ(quick.receive(5), "hello");
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      EXPECT_TRUE(slow.receive(text.size() + 1) == text);
      sends.join();
    });
  }
}

TYPED_TEST(network_rules, a_peer_that_breaks_off_ends_only_its_own_connection) {
  if constexpr (networks<TypeParam>) {
    this->serve(this->echo(), [&](std::uint16_t port) {
      const peer stays(port);
      for (int i = 0; i < 30; ++i) {
        peer p(port);
        if (i % 3 != 0) p.send(this->numbered(100'000));
        if (i % 3 == 2) (void)p.receive(10);
        p.break_off();
        stays.send("hello");
        EXPECT_EQ(stays.receive(5), "hello");
      }
    });
  }
}

}  // namespace threadmark::conformance
