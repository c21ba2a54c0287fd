// Who looks at the poller, and that no event is lost whoever is busy, asleep or blocked.
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "connected.hpp"
#include "in_child.hpp"
#include "seed.hpp"

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

/// Asks over `client` and hears the answer, again and again.
void ask(const mn::net::stream& client, int times) {
  for (int i = 0; i < times; ++i) {
    client.write("?");
    ASSERT_EQ(read_exactly(client, 1), "?");
  }
}

}  // namespace

TEST(poller, tells_of_events_while_every_worker_is_busy) {
  on_cores_without_leaks([] {
    const auto [client, server] = connected();
    mn::go([s = server] { echo(s); });
    std::atomic<bool> enough{false};
    mn::wait_group busy;
    for (int i = 0; i < 8; ++i) {
      busy.go([&] {
        while (!enough) mn::yield();  // the queues are never empty
      });
    }
    ask(client, repeated(200));
    enough = true;
    busy.wait();
  });
}

TEST(poller, tells_of_events_while_a_task_computes_without_giving_way) {
  on_cores_without_leaks([] {
    const auto [client, server] = connected();
    mn::go([s = server] { echo(s); });
    std::atomic<bool> enough{false};
    mn::wait_group busy;
    busy.go([&] {
      while (!enough) std::atomic_signal_fence(std::memory_order_seq_cst);
    });
    ask(client, 20);
    enough = true;
    busy.wait();
  });
}

TEST(poller, tells_of_events_while_tasks_keep_their_threads) {
  for (const unsigned cores : {1u, 2u}) {
    SCOPED_TRACE(cores);
    // No spare: whoever is left must keep the poller.
    mn::runtime rt({.cores = cores, .spare_threads = cores - 1});
    const auto listener = mn::net::listen("127.0.0.1:0");
    rt.go([&] {
      const auto s = listener.accept();
      for (std::array<char, 8> buffer; const std::size_t n = s.read(buffer);) {
        mn::blocking([] { std::this_thread::sleep_for(1ms); });
        s.write(std::string_view(buffer.data(), n));
      }
    });
    const auto client = mn::net::connect(listener.local());
    for (int i = 0; i < 50; ++i) {
      ask(client, 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(i % 20));
    }
    client.close();
  }
}

// Who keeps the poller takes what has come, and with it may leave for long; the other sleeps all the while.
TEST(poller, is_kept_by_another_when_its_keeper_leaves_for_long) {
  for (const unsigned spare : {0u, 1u, 4u}) {
    SCOPED_TRACE(spare);
    mn::runtime rt({.cores = 2, .spare_threads = spare});
    const auto listener = mn::net::listen("127.0.0.1:0");
    std::atomic<bool> back{true};
    rt.go([&] {
      const auto s = listener.accept();
      for (std::array<char, 8> buffer; s.read(buffer) != 0;) {
        mn::blocking([&] {
          while (!back) std::this_thread::sleep_for(1ms);
        });
      }
    });
    const auto keeps_away = mn::net::connect(listener.local());
    std::this_thread::sleep_for(20ms);
    rt.go([&] { echo(listener.accept()); });
    const auto client = mn::net::connect(listener.local());
    ask(client, 1);
    for (int i = 0; i < 20; ++i) {
      back = false;
      keeps_away.write("x");
      std::this_thread::sleep_for(std::chrono::milliseconds(5 + i % 20));  // by then the monitor may sleep
      ask(client, 1);
      back = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(i % 20));
    }
    keeps_away.close();
    client.close();
  }
}

TEST(poller, wakes_a_runtime_that_has_been_asleep) {
  mn::runtime rt({.cores = 4});
  rt.run([&] {
    const auto listener = mn::net::listen("127.0.0.1:0");
    mn::go([listener] { echo(listener.accept()); });
    std::thread outside([at = listener.local()] {
      const auto client = mn::net::connect(at);
      for (int i = 0; i < 10; ++i) {
        client.write("?");
        ASSERT_EQ(read_exactly(client, 1), "?");
        std::this_thread::sleep_for(30ms);  // by then the monitor sleeps too
      }
    });
    std::thread elsewhere([&] {
      for (int i = 0; i < 100; ++i) {  // wakes whoever keeps the poller for something else
        rt.go([] {});
        std::this_thread::sleep_for(1ms);
      }
    });
    const mn::channel<int> joined(2);
    mn::go([&] {
      mn::blocking([&] { outside.join(); });
      mn::blocking([&] { elsewhere.join(); });
      joined.send(1);
    });
    joined.recv();
  });
}

TEST(poller, timers_go_off_while_a_worker_keeps_it) {
  on_cores_without_leaks([] {
    const auto [client, server] = connected();
    mn::go([s = server] { echo(s); });
    for (int i = 0; i < 20; ++i) {
      const auto begin = clock_type::now();
      mn::sleep_for(2ms);
      EXPECT_GE(clock_type::now() - begin, 2ms);
      ask(client, 1);
    }
  });
}

TEST(poller, costs_nothing_while_nothing_happens) {
  NEEDS_FORK();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 2});
    rt.run([] {
      const auto [client, server] = connected();
      mn::go([s = server] { echo(s); });
      mn::blocking([] {
        std::this_thread::sleep_for(100ms);  // until the monitor sleeps
        rusage before{}, after{};
        getrusage(RUSAGE_SELF, &before);
        std::this_thread::sleep_for(500ms);
        getrusage(RUSAGE_SELF, &after);
        const long switches = after.ru_nvcsw - before.ru_nvcsw;
        if (switches > 50) {  // a look each millisecond would be 500
          std::fprintf(stderr, "%ld switches\n", switches);
          _exit(1);
        }
      });
    });
  });
  EXPECT_TRUE(r.exited_with(0)) << r.said;
}

TEST(poller, who_never_has_to_wait_gives_way_to_the_others) {
  mn::runtime rt({.cores = 1});
  rt.run([&] {
    const auto [client, server] = connected();
    std::atomic<bool> enough{false};
    std::atomic<std::uint64_t> turns{0};
    mn::wait_group other;
    other.go([&] {
      while (!enough) {
        ++turns;
        mn::yield();
      }
    });
    // Each reads what the other has just written: neither waits.
    std::array<char, 1> one;
    const auto s = rt.stats().switches;
    for (int i = 0; i < 1000; ++i) {
      client.write("x");
      while (server.read(one) == 0) continue;
    }
    EXPECT_GE(rt.stats().switches - s, 10u);
    EXPECT_GE(turns, 10u);
    enough = true;
    other.wait();
  });
}

TEST(poller, a_task_that_waits_for_the_network_is_no_deadlock) {
  NEEDS_FORK();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 2});
    rt.run([] {
      const auto [client, server] = connected();
      auto reader = mn::spawn([s = server] { return read_exactly(s, 1); });
      mn::net::go_when_readable(client, [](mn::net::stream& s) {
        mn::net::go_when_readable(s, [](mn::net::stream&) {});  // once more, for what has not come yet
      });
      const mn::channel<int> never;
      auto selects = mn::spawn([c = client, never] {
        std::array<char, 1> room;
        mn::select(mn::on_recv(never, [](auto) {}), mn::net::on_readable(c, [&] { (void)c.read(room); }));
      });
      // Nothing but a thread of the program would wake any of them, and it is hidden from mn: a child process is.
      if (const pid_t other = fork(); other == 0) {
        usleep(300'000);
        (void)!::write(client.native_handle(), "x", 1);
        (void)!::write(server.native_handle(), "yz", 2);
        _exit(0);
      }
      reader.join();
      selects.join();
    });
  });
  EXPECT_TRUE(r.exited_with(0)) << r.said;
}

TEST(poller, a_deadlock_beside_an_open_connection_is_found) {
  NEEDS_PROOF();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 2});
    rt.run([] {
      const auto [client, server] = connected();
      std::array<char, 1> room;
      server.set_read_deadline(clock_type::now() + 1ms);
      try {
        (void)server.read(room);  // the poller watches it
      } catch (const mn::io_timed_out&) {
      }
      mn::channel<int>().recv();
    });
  });
  EXPECT_TRUE(r.killed_by(SIGABRT)) << r.said;
  EXPECT_TRUE(r.says("all tasks are asleep: deadlock")) << r.said;
}

TEST(poller, a_report_says_who_waits_for_the_network) {
  mn::runtime rt({.cores = 1});
  rt.run([&] {
    const auto [client, server] = connected();
    mn::go([s = server] { echo(s); });
    mn::sleep_for(1ms);
    std::FILE* said = std::tmpfile();
    mn::dump_all_tasks(fileno(said));
    EXPECT_NE(contents(fileno(said)).find("socket, to read"), std::string::npos);
    std::fclose(said);
    client.close();
  });
}

TEST(poller, of_a_thousand_idle_connections_each_is_heard) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  on_cores_without_leaks([] {
    std::mt19937 random(seed());
    const int connections = scaled(400);
    std::vector<ends> all;
    for (int i = 0; i < connections; ++i) {
      all.push_back(connected());
      mn::go([s = all.back().server] { echo(s); });
    }
    for (int i = 0; i < repeated(2000); ++i) ask(all[random() % all.size()].client, 1);
    mn::wait_group wg;
    for (const auto& e : all) wg.go([&] { ask(e.client, 3); });
    wg.wait();
  });
}

// Clients come, ask, and leave in the middle of anything, politely or not; servers have deadlines and contexts.
TEST(poller, random_disconnects_lose_nothing) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  on_cores_without_leaks([] {
    const auto listener = mn::net::listen("127.0.0.1:0");
    std::atomic<int> served{0}, ended{0};
    mn::go([&, listener] {
      try {
        for (;;) {
          mn::go([&, s = listener.accept()] {
            ++served;
            s.set_deadline(clock_type::now() + 10s);
            try {
              echo(s);
            } catch (const mn::io_error& e) {
              EXPECT_TRUE(e.code() == std::errc::connection_reset || e.code() == std::errc::broken_pipe ||
                          e.code() == std::errc::not_connected)
                  << e.what();
            }
            ++ended;
          });
        }
      } catch (const mn::io_closed&) {
      }
    });
    constexpr int clients = 20;
    const int visits = repeated(60);
    mn::wait_group wg;
    for (int c = 0; c < clients; ++c) {
      wg.go([&, random = std::mt19937(seed() + static_cast<unsigned>(c))]() mutable {
        for (int v = 0; v < visits; ++v) {
          const auto s = mn::net::connect(listener.local());
          ask(s, static_cast<int>(random() % 4));
          switch (random() % 4) {
            case 0:
              s.close_write();
              EXPECT_EQ(read_all(s), "");
              break;
            case 1: s.write("nobody waits for this answer"); break;
            case 2: mn::yield(); break;
            default: s.close();
          }
        }
      });
    }
    wg.wait();
    while (served != clients * visits) mn::sleep_for(1ms);  // who left at once may not have been accepted yet
    listener.close();
    while (ended != clients * visits) mn::sleep_for(1ms);
    EXPECT_EQ(served, clients * visits);
  });
}
