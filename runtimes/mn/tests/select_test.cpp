#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <optional>
#include <thread>
#include <vector>

#include "on_cores.hpp"

using namespace std::chrono_literals;

// One of two channels always has a value, so whoever looks at both at one moment finds one (and puts it back). Two
// threads that compute let the system take the processor away in the midst of a look.
TEST(select, with_otherwise_finds_a_value_that_is_always_in_one_of_two_channels) {
  mn::channel<int> a(1), b(1);
  a.send(1);
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> missed{0};
  std::vector<std::thread> others;
  for (int i = 0; i < 2; ++i)
    others.emplace_back([&] {
      while (!stop) {
      }
    });
  others.emplace_back([&] {
    while (!stop) {
      b.send(1);
      (void)a.recv();
      a.send(1);
      (void)b.recv();
    }
  });
  const auto until = std::chrono::steady_clock::now() + 3s;
  while (missed == 0 && std::chrono::steady_clock::now() < until) {
    for (int i = 0; i < 100; ++i) {
      mn::select(mn::on_recv(a, [&](std::optional<int>) { a.send(1); }),
                 mn::on_recv(b, [&](std::optional<int>) { b.send(1); }), mn::otherwise([&] { ++missed; }));
    }
  }
  stop = true;
  for (auto& t : others) t.join();
  EXPECT_EQ(missed, 0u);
}

TEST(select, takes_the_case_that_is_ready) {
  on_cores([] {
    mn::channel<int> a(1), b(1);
    b.send(5);
    int got = 0;
    const auto taken = mn::select(mn::on_recv(a, [](auto) { FAIL(); }), mn::on_recv(b, [&](auto v) { got = *v; }));
    EXPECT_EQ(taken, 1u);
    EXPECT_EQ(got, 5);
  });
}

TEST(select, sends_when_a_receiver_waits) {
  on_cores([] {
    mn::channel<int> ch, never;
    mn::wait_group wg;
    wg.go([=] { EXPECT_EQ(ch.recv(), 9); });
    EXPECT_EQ(mn::select(mn::on_recv(never, [](auto) { FAIL(); }), mn::on_send(ch, 9, [] {})), 1u);
    wg.wait();
  });
}

TEST(select, otherwise_is_taken_only_when_nothing_is_ready) {
  on_cores([] {
    mn::channel<int> ch(1);
    EXPECT_EQ(mn::select(mn::on_recv(ch, [](auto) { FAIL(); }), mn::otherwise([] {})), 1u);
    ch.send(1);
    EXPECT_EQ(mn::select(mn::on_recv(ch, [](auto) {}), mn::otherwise([] { FAIL(); })), 0u);
  });
}

TEST(select, a_timeout_does_not_fire_early) {
  on_cores([] {
    mn::channel<int> ch;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(mn::select(mn::on_recv(ch, [](auto) { FAIL(); }), mn::after(20ms, [] {})), 1u);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
  });
}

TEST(select, a_value_before_the_timeout_wins_and_the_timer_is_gone) {
  on_cores([] {
    for (int i = 0; i < 200; ++i) {
      mn::channel<int> ch;
      mn::go([=] { ch.send(i); });
      EXPECT_EQ(mn::select(mn::on_recv(ch, [&](auto v) { EXPECT_EQ(v, i); }), mn::after(10s, [] { FAIL(); })), 0u);
    }
  });
}

TEST(select, closed_channels_are_ready) {
  on_cores([] {
    mn::channel<int> ch, other;
    mn::go([=] {
      mn::sleep_for(2ms);
      ch.close();
    });
    EXPECT_EQ(mn::select(mn::on_recv(other, [](auto) { FAIL(); }), mn::on_recv(ch, [](auto v) { EXPECT_FALSE(v); })),
              1u);
    EXPECT_THROW(mn::select(mn::on_send(ch, 1, [] { FAIL(); })), mn::send_on_closed_channel);
  });
}

TEST(select, a_blocked_send_case_fails_when_the_channel_is_closed) {
  on_cores([] {
    mn::channel<int> ch, other;
    mn::go([=] {
      mn::sleep_for(2ms);
      ch.close();
    });
    EXPECT_THROW(mn::select(mn::on_recv(other, [](auto) {}), mn::on_send(ch, 1, [] { FAIL(); })),
                 mn::send_on_closed_channel);
  });
}

TEST(select, does_not_meet_itself_on_one_channel) {
  on_cores([] {
    mn::channel<int> ch;
    const auto taken =
        mn::select(mn::on_recv(ch, [](auto) { FAIL(); }), mn::on_send(ch, 1, [] { FAIL(); }), mn::after(10ms, [] {}));
    EXPECT_EQ(taken, 2u);
  });
}

TEST(select, takes_the_same_channel_twice) {
  on_cores([] {
    mn::channel<int> ch;
    mn::go([=] {
      for (int i = 0; i < 1000; ++i) ch.send(i);
    });
    for (int i = 0; i < 1000; ++i) {
      mn::select(mn::on_recv(ch, [&](auto v) { EXPECT_EQ(v, i); }), mn::on_recv(ch, [&](auto v) { EXPECT_EQ(v, i); }));
    }
  });
}

TEST(select, chooses_fairly_among_ready_cases_whichever_they_are) {
  on_cores([] {
    constexpr int trials = 10'000;
    std::vector<mn::channel<int>> channels;
    for (int i = 0; i < 6; ++i) channels.emplace_back(1);
    for (unsigned ready : {0b111111u, 0b000011u, 0b000111u, 0b100100u, 0b011101u}) {
      std::vector<int> taken(channels.size());
      for (int t = 0; t < trials; ++t) {
        for (std::size_t i = 0; i < channels.size(); ++i) {
          if (ready >> i & 1) (void)channels[i].try_send(t);
        }
        ++taken[mn::recv_any(std::span(channels)).first];
      }
      for (auto& c : channels) {
        std::optional<int> rest;
        (void)c.try_recv(rest);
      }
      // Binomial: six standard deviations happen once in 500 million times.
      const double p = 1.0 / std::popcount(ready);
      for (std::size_t i = 0; i < channels.size(); ++i) {
        EXPECT_NEAR(taken[i], ready >> i & 1 ? trials * p : 0, 6 * std::sqrt(trials * p * (1 - p)));
      }
    }
  });
}

TEST(select, two_selects_always_find_each_other) {
  // Both sides send on one channel and receive on the other, so every rendezvous is select against select.
  on_cores([] {
    constexpr int rounds = 20'000;
    mn::channel<int> a, b;
    std::atomic<long> received{0};
    mn::wait_group wg;
    const auto side = [&](const mn::channel<int>& out, const mn::channel<int>& in) {
      int sent = 0, got = 0;
      while (sent < rounds || got < rounds) {
        if (sent < rounds && got < rounds) {
          mn::select(mn::on_send(out, 1, [&] { ++sent; }), mn::on_recv(in, [&](auto v) { got += *v; }));
        } else if (sent < rounds) {
          mn::select(mn::on_send(out, 1, [&] { ++sent; }));
        } else {
          mn::select(mn::on_recv(in, [&](auto v) { got += *v; }));
        }
      }
      received += got;
    };
    wg.go([&, a, b] { side(a, b); });
    wg.go([&, a, b] { side(b, a); });
    wg.wait();
    EXPECT_EQ(received, 2 * rounds);
  });
}

TEST(select, many_selects_with_timeouts_lose_nothing) {
  on_cores([] {
    constexpr int producers = 4, each = 2000;
    std::vector<mn::channel<int>> channels(producers);
    std::atomic<int> sent{0}, got{0};
    mn::wait_group wg;
    for (const auto& ch : channels) {
      wg.go([&, ch] {
        for (int i = 0; i < each;) {
          mn::select(mn::on_send(ch, 1, [&] { ++i, ++sent; }), mn::after(50us, [] {}));
        }
      });
    }
    for (int c = 0; c < 3; ++c) {
      wg.go([&] {
        while (got < producers * each) {
          mn::select(mn::on_recv(channels[0], [&](auto v) { got += *v; }),
                     mn::on_recv(channels[1], [&](auto v) { got += *v; }),
                     mn::on_recv(channels[2], [&](auto v) { got += *v; }),
                     mn::on_recv(channels[3], [&](auto v) { got += *v; }), mn::after(100us, [] {}));
        }
      });
    }
    wg.wait();
    EXPECT_EQ(sent, producers * each);
    EXPECT_EQ(got, producers * each);
  });
}

TEST(select, works_from_plain_threads) {
  mn::runtime rt({.cores = 2});
  mn::channel<int> numbers, stop;
  int sum = 0, timeouts = 0;
  std::thread plain([&] {
    EXPECT_EQ(mn::select(mn::on_recv(stop, [](auto) {}), mn::after(5ms, [&] { ++timeouts; })), 1u);
    for (bool going = true; going;) {
      mn::select(mn::on_recv(numbers, [&](auto v) { sum += *v; }), mn::on_recv(stop, [&](auto) { going = false; }));
    }
  });
  rt.run([&] {
    for (int i = 1; i <= 1000; ++i) numbers.send(i);
    stop.close();
  });
  plain.join();
  EXPECT_EQ(sum, 500'500);
  EXPECT_EQ(timeouts, 1);
}

TEST(select, of_no_channels_is_a_named_error) {
  EXPECT_THROW((void)mn::recv_any(std::span<mn::channel<int>>()), mn::select_without_case);
}
