// Connections in a select, and tasks that a connection starts.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <vector>

#include "connected.hpp"
#include "in_child.hpp"

using namespace std::chrono_literals;

TEST(net_select, takes_whichever_comes_first) {
  on_cores([] {
    const auto [client, server] = connected();
    const mn::channel<int> messages(1);
    std::array<char, 8> buffer;
    const auto wait = [&] {
      return mn::select(mn::net::on_readable(server, [&] { EXPECT_EQ(server.read(buffer), 2u); }),
                        mn::on_recv(messages, [](auto m) { EXPECT_EQ(m, 7); }), mn::after(10ms, [] {}));
    };
    EXPECT_EQ(wait(), 2u);
    mn::go([messages] {
      mn::sleep_for(1ms);
      messages.send(7);
    });
    EXPECT_EQ(wait(), 1u);
    mn::go([c = client] {
      mn::sleep_for(1ms);
      c.write("ab");
    });
    EXPECT_EQ(wait(), 0u);
    EXPECT_EQ(wait(), 2u);
  });
}

TEST(net_select, may_look_without_waiting) {
  on_cores([] {
    const auto [client, server] = connected();
    const mn::channel<int> empty;
    std::array<char, 8> buffer;
    const auto look = [&] {
      return mn::select(mn::net::on_readable(server, [] {}), mn::on_recv(empty, [](auto) {}), mn::otherwise([] {}));
    };
    server.set_read_deadline(mn::time_point::clock::now() + 1ms);
    EXPECT_THROW((void)server.read(buffer), mn::io_timed_out);  // from now on it is known that there is nothing
    server.set_read_deadline(mn::time_point::max());
    EXPECT_EQ(look(), 2u);
    client.write("x");
    while (look() == 2) mn::sleep_for(100us);
    EXPECT_EQ(look(), 0u);  // it takes nothing
    EXPECT_EQ(server.read(buffer), 1u);
    EXPECT_EQ(look(), 2u);
  });
}

TEST(net_select, finds_room_to_write_and_a_close) {
  on_cores([] {
    const auto [client, server] = connected();
    EXPECT_EQ(mn::select(mn::net::on_writable(server, [] {}), mn::after(1h, [] {})), 0u);
    auto waits = mn::spawn([s = server] {
      std::array<char, 8> buffer;
      return error_of([&] {
        for (;;) mn::select(mn::net::on_readable(s, [&] { (void)s.read(buffer); }), mn::after(1h, [] {}));
      });
    });
    mn::sleep_for(1ms);
    server.close();
    EXPECT_EQ(waits.join(), std::errc::operation_canceled);
  });
}

TEST(net_select, many_connections_and_channels_race) {
  on_cores_without_leaks([] {
    constexpr int rounds = repeated(300);
    const auto [client, server] = connected();
    const mn::channel<int> messages;
    mn::go([=] {
      for (int i = 0; i < rounds; ++i) messages.send(i);
    });
    mn::go([c = client] {
      for (int i = 0; i < rounds; ++i) {
        c.write("x");
        if (i % 3 == 0) mn::yield();
      }
    });
    int heard = 0, read = 0;
    std::array<char, 4> buffer;
    while (heard < rounds || read < rounds) {
      mn::select(mn::net::on_readable(server, [&] { read += static_cast<int>(server.read(buffer)); }),
                 mn::on_recv(messages, [&](auto) { ++heard; }));
    }
    EXPECT_EQ(heard, rounds);
    EXPECT_EQ(read, rounds);
  });
}

TEST(net_select, is_for_tasks) {
  mn::runtime rt({.cores = 1});
  std::vector<ends> kept;
  rt.run([&] { kept.push_back(connected()); });
  EXPECT_THROW((void)mn::net::on_readable(kept[0].server, [] {}), mn::not_in_a_task);
  EXPECT_THROW((void)mn::net::on_writable(kept[0].server, [] {}), mn::not_in_a_task);
}

// Nothing can be watched where the poller cannot be made: whoever waits is told, and nobody tries for ever.
TEST(net_select, says_that_the_system_refuses_to_watch) {
  NEEDS_FORK();
#if defined(MN_ASAN)
  GTEST_SKIP() << "UBSan needs descriptors of its own to look at an exception";
#endif
  const auto r = in_child([] {
    const auto listener = mn::net::listen("127.0.0.1:0");  // by a plain thread: nothing is watched
    const auto client = mn::net::connect(listener.local());
    const auto server = listener.accept();
    mn::runtime rt({.cores = 1});
    rt.run([&] {
      const int next = dup(0);
      close(next);
      rlimit none{};
      getrlimit(RLIMIT_NOFILE, &none);
      none.rlim_cur = static_cast<rlim_t>(next);
      setrlimit(RLIMIT_NOFILE, &none);
      std::array<char, 8> buffer;
      if (error_of([&] { (void)server.read(buffer); }) != std::errc::too_many_files_open) std::abort();
      const auto selects = [&] { mn::select(mn::net::on_readable(server, [&] { (void)server.read(buffer); })); };
      if (error_of(selects) != std::errc::too_many_files_open) std::abort();
      const auto starts = [&] { mn::net::go_when_readable(server, [](mn::net::stream&) {}); };
      if (error_of(starts) != std::errc::too_many_files_open) std::abort();
      client.write("x");  // what needs no waiting goes on
      if (server.read(buffer) != 1) std::abort();
    });
  });
  EXPECT_TRUE(r.exited_with(0)) << r.said;
}

TEST(when_readable, a_task_starts_with_what_comes_in) {
  on_cores_without_leaks([] {
    const auto [client, server] = connected();
    const mn::channel<std::string> heard(1);
    const auto serve = [heard](mn::net::stream& s) {
      std::array<char, 8> buffer;
      heard.send(std::string(buffer.data(), s.read(buffer)));
    };
    client.write("early");
    mn::net::go_when_readable(server, serve);  // nothing is known yet: it starts, and reads
    EXPECT_EQ(heard.recv(), "early");
    mn::net::go_when_readable(server, serve);
    EXPECT_THROW(mn::net::go_when_readable(server, serve), mn::net::already_waiting);
    mn::sleep_for(2ms);
    EXPECT_EQ(heard.size(), 0u);
    client.write("late");
    EXPECT_EQ(heard.recv(), "late");
    mn::net::go_when_readable(server, serve);
    client.close();
    EXPECT_EQ(heard.recv(), "");
  });
}

TEST(when_readable, what_cannot_be_copied_leaves_the_connection_free) {
  struct fragile {
    fragile() = default;
    fragile(const fragile&) { throw std::runtime_error("no copy"); }
    void operator()(mn::net::stream&) const {}
  };
  on_cores_without_leaks([] {
    const auto [client, server] = connected();
    const fragile f;
    EXPECT_THROW(mn::net::go_when_readable(server, f), std::runtime_error);
    const mn::channel<int> heard(1);
    mn::net::go_when_readable(server, [heard](mn::net::stream&) { heard.send(1); });
    client.write("x");
    EXPECT_EQ(heard.recv(), 1);
    // Nor is it the last handle that is still needed.
    const auto [there, here] = connected();
    EXPECT_THROW(mn::net::go_when_readable(mn::net::stream(here), f), std::runtime_error);
  });
}

TEST(when_readable, a_close_starts_it) {
  on_cores_without_leaks([] {
    const auto [client, server] = connected();
    std::array<char, 8> buffer;
    server.set_read_deadline(mn::time_point::clock::now());
    EXPECT_THROW((void)server.read(buffer), mn::io_timed_out);
    server.set_read_deadline(mn::time_point::max());
    const mn::channel<std::error_code> found(1);
    mn::net::go_when_readable(server, [found](mn::net::stream& s) {
      std::array<char, 8> room;
      found.send(error_of([&] { (void)s.read(room); }));
    });
    server.close();
    EXPECT_EQ(found.recv(), std::errc::operation_canceled);
  });
}

TEST(when_readable, who_waits_has_no_stack) {
  mn::runtime rt({.cores = 2});
  rt.run([&] {
    constexpr int connections = scaled(200);
    std::vector<ends> all;
    mn::wait_group served;
    for (int i = 0; i < connections; ++i) all.push_back(connected());
    const auto before = rt.stats().stacks_in_use;
    for (auto& e : all) {
      served.add();
      // The first look reads nothing, so from then on it waits for what comes in.
      mn::net::go_when_readable(e.server, [&](mn::net::stream& s) {
        mn::net::go_when_readable(s, [&](mn::net::stream& again) {
          echo(again);
          served.done();
        });
      });
    }
    mn::sleep_for(10ms);
    EXPECT_LE(rt.stats().stacks_in_use, before + 8);
    for (auto& e : all) {
      e.client.write("x");
      e.client.close_write();
    }
    for (auto& e : all) EXPECT_EQ(read_all(e.client), "x");
    served.wait();
  });
}
