// Streams: what is promised of each call. Loopback only.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "connected.hpp"

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

/// Closing it sends a reset, not an end.
void break_off(const mn::net::stream& s) {
  const linger now{1, 0};
  setsockopt(s.native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

bool has_ipv6() {
  try {
    (void)mn::net::listen("[::1]:0");
    return true;
  } catch (const mn::io_error&) {
    return false;
  }
}

std::string pattern(std::size_t bytes) {
  std::string all(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) all[i] = static_cast<char>(i * 7919 >> 8);
  return all;
}

/// From now on the poller knows it.
void watch(const mn::net::stream& s) {
  std::array<char, 1> none;
  s.set_read_deadline(clock_type::now() + 100us);
  EXPECT_THROW((void)s.read(none), mn::io_timed_out);
  s.set_read_deadline(mn::time_point::max());
}

}  // namespace

TEST(stream, carries_bytes_both_ways_over_every_kind_of_address) {
  const std::string path = "unix:" + testing::TempDir() + "mn_net_test." + std::to_string(getpid());
  std::vector<std::string> kinds{"127.0.0.1:0", ":0", "unix:@mn_net_test." + std::to_string(getpid()), path};
  if (has_ipv6()) kinds.emplace_back("[::1]:0");
  for (const auto& kind : kinds) {
    SCOPED_TRACE(kind);
    on_cores_without_leaks([&] {
      const auto listener = mn::net::listen(kind);
      auto served = mn::spawn([&] { echo(listener.accept()); });
      // What listens everywhere is reached on this machine.
      const auto port = std::to_string(listener.local().port());
      const auto client = kind == ":0" ? mn::net::connect("127.0.0.1:" + port) : mn::net::connect(listener.local());
      client.write("hello");
      EXPECT_EQ(read_exactly(client, 5), "hello");
      client.write(", world");
      client.close_write();
      EXPECT_EQ(read_all(client), ", world");
      served.join();
      if (kind == path) unlink(path.c_str() + 5);
    });
  }
}

TEST(stream, knows_both_addresses) {
  on_cores([] {
    const auto [client, server] = connected();
    EXPECT_EQ(client.remote(), server.local());
    EXPECT_EQ(client.local(), server.remote());
    EXPECT_NE(client.local().port(), 0);
  });
}

TEST(stream, reads_what_there_is_and_nothing_into_no_room) {
  on_cores([] {
    const auto [client, server] = connected();
    EXPECT_EQ(client.read(std::span<char>()), 0u);
    server.write("abc");
    std::array<std::byte, 2> two;
    EXPECT_EQ(client.read(two), 2u);
    EXPECT_EQ(client.read(two), 1u);
  });
}

TEST(stream, the_end_of_one_half_leaves_the_other) {
  on_cores_without_leaks([] {
    const auto [client, server] = connected();
    client.write("question");
    client.close_write();
    EXPECT_EQ(read_all(server), "question");
    EXPECT_EQ(read_all(server), "");
    server.write("answer");
    server.close();
    EXPECT_EQ(read_all(client), "answer");
    EXPECT_EQ(error_of([&, c = client] { c.write("more"); }), std::errc::broken_pipe);
  });
}

// An edge tells of both at once, and no other edge comes for the end.
TEST(stream, the_end_is_seen_that_came_together_with_the_last_bytes) {
  on_cores([] {
    for (int round = 0; round < repeated(50); ++round) {
      const auto [client, server] = connected();
      const mn::channel<int> has_waited;
      auto reader = mn::spawn([s = server, has_waited] {
        std::array<char, 64> buffer;
        EXPECT_EQ(s.read(buffer), 1u);  // the poller knows it from now on
        has_waited.send(1);
        mn::sleep_for(2ms);  // the report of what follows comes before the next read
        EXPECT_EQ(s.read(buffer), 4u);
        EXPECT_EQ(s.read(buffer), 0u);
        EXPECT_EQ(s.read(buffer), 0u);
      });
      mn::sleep_for(200us);
      client.write("x");
      has_waited.recv();
      client.write("last");
      client.close();
      reader.join();
    }
  });
}

// Whoever reads often without waiting gives way, and that may be between its taking the last bytes and its saying so:
// there is no other report for whoever begins to wait then.
TEST(stream, who_begins_to_wait_while_another_takes_the_last_bytes_sees_the_end) {
  on_cores([] {
    for (int round = 0; round < repeated(50); ++round) {
      const auto [client, server] = connected();
      const auto [filler, filled] = connected();
      filler.write(std::string(63, 'x'));
      watch(server);
      client.write("last");
      client.close();
      mn::sleep_for(2ms);  // both have been reported
      std::size_t others = 0;
      auto first = mn::spawn([&, s = server, f = filled] {
        std::array<char, 64> buffer;
        for (int i = 0; i < 63; ++i) EXPECT_EQ(f.read(std::span(buffer).first(1)), 1u);
        auto second = mn::spawn([&, s] {
          std::array<char, 64> more;
          others = s.read(more);
        });
        const std::size_t n = s.read(buffer);
        second.join();
        return n;
      });
      EXPECT_EQ(first.join() + others, 4u);
    }
  });
}

TEST(stream, what_comes_behind_urgent_data_is_read) {
  on_cores([] {
    const auto [client, server] = connected();
    watch(server);
    client.write("abc");
    EXPECT_EQ(send(client.native_handle(), "!", 1, MSG_OOB), 1);
    client.write("def");
    mn::sleep_for(2ms);
    server.set_read_deadline(clock_type::now() + 10s);
    EXPECT_EQ(read_exactly(server, 6), "abcdef");
  });
}

TEST(stream, what_comes_behind_descriptors_is_read) {
  on_cores_without_leaks([] {
    std::array<int, 2> both{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, both.data()), 0);
    const auto client = mn::net::stream::adopt(both[0]), server = mn::net::stream::adopt(both[1]);
    watch(server);
    std::string text = "abc";
    iovec part{text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    cmsghdr* const with = CMSG_FIRSTHDR(&message);
    with->cmsg_level = SOL_SOCKET;
    with->cmsg_type = SCM_RIGHTS;
    with->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(with), both.data(), sizeof(int));
    EXPECT_EQ(sendmsg(client.native_handle(), &message, 0), 3);
    client.write("def");
    mn::sleep_for(2ms);
    server.set_read_deadline(clock_type::now() + 10s);
    EXPECT_EQ(read_exactly(server, 6), "abcdef");
  });
}

TEST(stream, carries_much_more_than_fits_between_the_two) {
  on_cores([] {
    const auto [client, server] = connected();
    const std::string much = pattern(repeated(20) * 200'000);
    auto writer = mn::spawn([&, c = client] {
      c.write(much);
      c.close_write();
    });
    mn::sleep_for(5ms);  // a slow reader: the writer waits for room
    EXPECT_TRUE(read_all(server) == much);
    writer.join();
  });
}

TEST(stream, both_directions_are_used_at_once) {
  on_cores([] {
    const auto [client, server] = connected();
    const std::string much = pattern(repeated(10) * 100'000);
    auto served = mn::spawn([s = server] { echo(s); });
    auto writer = mn::spawn([&, c = client] {
      c.write(much);
      c.close_write();
    });
    EXPECT_TRUE(read_all(client) == much);
    writer.join();
    served.join();
  });
}

TEST(stream, a_client_that_sends_a_byte_at_a_time_is_heard) {
  on_cores([] {
    const auto [client, server] = connected();
    auto writer = mn::spawn([c = client] {
      for (const char byte : std::string("slowly")) {
        c.write(std::string_view(&byte, 1));
        mn::sleep_for(1ms);
      }
      c.close_write();
    });
    EXPECT_EQ(read_all(server), "slowly");
    writer.join();
  });
}

TEST(stream, a_reset_is_an_error_and_no_signal) {
  on_cores_without_leaks([] {
    auto [client, server] = connected();
    auto reader = mn::spawn([s = server] {
      std::array<char, 8> buffer;
      return error_of([&] { (void)s.read(buffer); });
    });
    mn::sleep_for(1ms);
    break_off(client);
    { const auto gone = std::move(client); }
    EXPECT_EQ(reader.join(), std::errc::connection_reset);
    const auto later = error_of([&, s = server] {
      for (;;) s.write("into the void");
    });
    EXPECT_TRUE(later == std::errc::broken_pipe || later == std::errc::connection_reset) << later;
  });
}

TEST(stream, close_is_told_to_whoever_waits_and_whoever_comes_later) {
  on_cores_without_leaks([] {
    const auto [client, server] = connected();
    auto reader = mn::spawn([s = server] {
      std::array<char, 8> buffer;
      return error_of([&] { (void)s.read(buffer); });
    });
    auto writer = mn::spawn([s = server] {
      return error_of([&] {
        for (;;) s.write(std::string(100'000, 'x'));
      });
    });
    mn::sleep_for(5ms);
    server.close();
    server.close();
    EXPECT_EQ(reader.join(), std::errc::operation_canceled);
    EXPECT_EQ(writer.join(), std::errc::operation_canceled);
    std::array<char, 8> buffer;
    EXPECT_THROW((void)server.read(buffer), mn::io_closed);
    EXPECT_THROW(server.write("x"), mn::io_closed);
    EXPECT_THROW(server.close_write(), mn::io_closed);
    EXPECT_THROW(server.wait_readable(), mn::io_closed);
    (void)read_all(client);  // the other side sees an end
  });
}

// To the system it looks as if the other side had ended, but nobody must believe that he has read all of it.
TEST(stream, who_reads_or_writes_beside_a_close_is_told_of_that_and_of_no_end) {
  on_cores([] {
    for (int round = 0; round < repeated(100); ++round) {
      const auto [client, server] = connected();
      auto served = mn::spawn([s = server] {
        try {
          echo(s);
        } catch (const mn::io_error&) {  // cut off
        }
      });
      auto writer = mn::spawn([c = client] {
        const std::string some(1000, 'x');
        for (;;) c.write(some);
      });
      auto reader = mn::spawn([c = client] {
        std::array<char, 64> buffer;
        while (c.read(buffer) > 0) continue;
      });
      mn::sleep_for(std::chrono::microseconds(round * 20));
      client.close();
      EXPECT_THROW(writer.join(), mn::io_closed);
      EXPECT_THROW(reader.join(), mn::io_closed);
      server.close();  // it may wait for room, and sees that nobody makes any only when the last handle is gone
      served.join();
    }
  });
}

TEST(stream, ends_with_its_last_handle) {
  on_cores_without_leaks([] {
    auto [client, server] = connected();
    {
      const auto copy = server;
      const auto last = std::move(server);
    }
    EXPECT_EQ(read_all(client), "");
  });
}

TEST(stream, deadlines_end_what_waits_and_what_comes_later) {
  on_cores([] {
    const auto [client, server] = connected();
    std::array<char, 8> buffer;
    const auto begin = clock_type::now();
    server.set_read_deadline(begin + 5ms);
    EXPECT_THROW((void)server.read(buffer), mn::io_timed_out);
    EXPECT_GE(clock_type::now() - begin, 5ms);
    client.write("x");
    EXPECT_THROW((void)server.read(buffer), mn::io_timed_out);  // still past
    EXPECT_THROW(server.wait_readable(), mn::io_timed_out);
    server.write("the other direction has none");
    server.set_read_deadline(mn::time_point::max());
    EXPECT_EQ(server.read(buffer), 1u);
    server.set_deadline(clock_type::now() - 1s);
    EXPECT_THROW(server.write("x"), mn::io_timed_out);
  });
}

TEST(stream, a_write_deadline_ends_a_wait_for_room) {
  on_cores([] {
    const auto [client, server] = connected();
    server.set_write_deadline(clock_type::now() + 10ms);
    EXPECT_THROW(for (;;) server.write(std::string(100'000, 'x')), mn::io_timed_out);
  });
}

TEST(stream, a_deadline_that_is_moved_counts_for_who_waits_already) {
  on_cores([] {
    const auto [client, server] = connected();
    for (const bool has_one : {false, true}) {
      server.set_read_deadline(has_one ? clock_type::now() + 1h : mn::time_point::max());
      auto reader = mn::spawn([s = server] {
        std::array<char, 8> buffer;
        return error_of([&] { (void)s.read(buffer); });
      });
      mn::sleep_for(2ms);
      server.set_read_deadline(clock_type::now() + 2ms);
      EXPECT_EQ(reader.join(), std::errc::timed_out);
    }
  });
}

TEST(stream, many_deadlines_and_many_bytes_race) {
  on_cores_without_leaks([] {
    const auto [client, server] = connected();
    auto served = mn::spawn([s = server] { echo(s); });
    int late = 0;
    for (int i = 0; i < repeated(300); ++i) {
      client.set_read_deadline(clock_type::now() + std::chrono::microseconds(i % 40));
      client.write("x");
      std::array<char, 1> one;
      for (std::size_t n = 0; n == 0;) {
        try {
          n = client.read(one);
        } catch (const mn::io_timed_out&) {
          ++late;
          client.set_read_deadline(mn::time_point::max());
        }
      }
    }
    client.set_read_deadline(mn::time_point::max());
    client.close_write();
    EXPECT_EQ(read_all(client), "");
    served.join();
    EXPECT_GE(late, 1);
  });
}

TEST(stream, a_context_ends_a_wait) {
  on_cores([] {
    const auto [client, server] = connected();
    std::array<char, 8> buffer;
    {
      auto [ctx, cancel] = mn::with_cancel(mn::context::background());
      mn::go([cancel = cancel] {
        mn::sleep_for(2ms);
        cancel();
      });
      EXPECT_THROW((void)server.read(ctx, buffer), mn::context_cancelled);
      EXPECT_THROW((void)server.read(ctx, buffer), mn::context_cancelled);
      EXPECT_THROW(server.write(ctx, "x"), mn::context_cancelled);
    }
    {
      const auto [ctx, cancel] = mn::with_timeout(mn::context::background(), 2ms);
      EXPECT_THROW(for (;;) server.write(ctx, std::string(100'000, 'x')), mn::context_deadline_exceeded);
      EXPECT_THROW(server.wait_readable(ctx), mn::context_deadline_exceeded);
    }
    client.write("abc");
    const auto [ctx, cancel] = mn::with_timeout(mn::context::background(), 1h);
    EXPECT_EQ(server.read(ctx, buffer), 3u);
    client.write("de");
    EXPECT_EQ(server.read(mn::context::background(), buffer), 2u);
    auto later = mn::spawn([c = client] {
      mn::sleep_for(2ms);
      c.write("f");
    });
    EXPECT_EQ(server.read(ctx, buffer), 1u);
    later.join();
  });
}

TEST(stream, a_deadline_of_its_own_counts_beside_a_context) {
  on_cores([] {
    const auto [client, server] = connected();
    std::array<char, 8> buffer;
    const auto [ctx, cancel] = mn::with_timeout(mn::context::background(), 1h);
    server.set_read_deadline(clock_type::now() + 2ms);
    EXPECT_THROW((void)server.read(ctx, buffer), mn::io_timed_out);
  });
}

TEST(stream, a_deadline_that_is_moved_counts_beside_a_context) {
  on_cores([] {
    const auto [client, server] = connected();
    const auto [ctx, cancel] = mn::with_timeout(mn::context::background(), 1h);
    auto reader = mn::spawn([s = server, &ctx = ctx] {
      std::array<char, 8> buffer;
      return error_of([&] { (void)s.read(ctx, buffer); });
    });
    mn::sleep_for(2ms);
    server.set_read_deadline(clock_type::now() + 2ms);
    EXPECT_EQ(reader.join(), std::errc::timed_out);
  });
}

// Also where it is set after the call has looked and before it waits: by a thread, which no task holds up.
TEST(stream, deadlines_race_with_waits_that_have_a_context) {
  on_cores([] {
    const auto [client, server] = connected();
    const auto [ctx, cancel] = mn::with_timeout(mn::context::background(), 1h);
    const int rounds = repeated(1000);
    std::atomic<int> begun{-1};
    std::thread setter([&, s = server] {
      for (int round = 0; round < rounds; ++round) {
        while (begun != round) continue;
        const auto until = clock_type::now() + std::chrono::nanoseconds(round % 500 * 10);
        while (clock_type::now() < until) continue;
        s.set_read_deadline(clock_type::now() + 50us);
      }
    });
    std::array<char, 8> buffer;
    for (int round = 0; round < rounds; ++round) {
      server.set_read_deadline(mn::time_point::max());
      begun = round;
      EXPECT_EQ(error_of([&, &ctx = ctx, &s = server] { (void)s.read(ctx, buffer); }), std::errc::timed_out);
    }
    setter.join();
  });
}

TEST(stream, works_from_plain_threads) {
  mn::runtime rt({.cores = 2});
  rt.run([&] {
    const auto listener = mn::net::listen("127.0.0.1:0");
    std::thread plain([at = listener.local()] {
      const auto client = mn::net::connect(at);
      client.write("from a thread");
      EXPECT_EQ(read_exactly(client, 13), "from a thread");
      client.set_read_deadline(clock_type::now() + 2ms);
      std::array<char, 8> buffer;
      EXPECT_THROW((void)client.read(buffer), mn::io_timed_out);
      const auto [ctx, cancel] = mn::with_timeout(mn::context::background(), 1h);
      client.set_read_deadline(mn::time_point::max());
      EXPECT_THROW((void)client.read(ctx, buffer), mn::not_in_a_task);
      client.close_write();
      EXPECT_EQ(read_all(client), "");
    });
    echo(listener.accept());
    mn::blocking([&] { plain.join(); });
  });
}

TEST(stream, a_plain_thread_that_waits_is_told_of_a_close) {
  mn::runtime rt({.cores = 1});
  std::optional<mn::net::stream> kept;
  rt.run([&] { kept = connected().client; });
  std::thread waits([&] {
    std::array<char, 8> buffer;
    // The other side is gone with its handle, so there is an end to be read first, or the close.
    try {
      while (kept->read(buffer) > 0) continue;
    } catch (const mn::io_closed&) {
    }
  });
  kept->close();
  waits.join();
}

TEST(stream, outlives_its_runtime_and_serves_the_next) {
  const std::size_t before = open_descriptors();
  {
    std::optional<ends> kept;
    {
      mn::runtime first({.cores = 2});
      first.run([&] {
        kept = connected();
        auto reader = mn::spawn([&] { return read_exactly(kept->server, 1); });
        mn::sleep_for(1ms);
        kept->client.write("1");
        EXPECT_EQ(reader.join(), "1");
      });
    }
    mn::runtime second({.cores = 2});
    second.run([&] {
      auto reader = mn::spawn([&] { return read_exactly(kept->server, 1); });
      mn::sleep_for(1ms);
      kept->client.write("2");
      EXPECT_EQ(reader.join(), "2");
    });
  }
  EXPECT_EQ(open_descriptors(), before);
}
