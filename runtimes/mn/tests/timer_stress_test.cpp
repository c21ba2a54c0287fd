// Timers by the hundred thousand, and many hands on one; from a seed that is printed on failure (MN_SEED repeats one).
#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include "on_cores.hpp"
#include "seed.hpp"

using namespace std::chrono_literals;

TEST(timer_stress, a_hundred_thousand_sleep_while_a_hundred_thousand_timers_run_and_half_are_stopped) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  on_cores([] {
    constexpr int sleepers = scaled(100'000);
    constexpr int timers = scaled(100'000);
    std::mt19937 random(seed());
    std::atomic<int> awake{0}, called{0};
    mn::wait_group wg;
    std::vector<mn::timer> all;
    all.reserve(timers);
    for (int i = 0; i < sleepers; ++i) {
      wg.go([&, d = std::chrono::microseconds(random() % 300'000)] {
        mn::sleep_for(d);
        ++awake;
      });
    }
    int expected = 0;
    for (int i = 0; i < timers; ++i) {
      const auto d = std::chrono::microseconds(random() % 300'000);
      if (i % 2 == 0) {
        all.push_back(mn::call_after(d, [&] { ++called; }));
      } else {
        all.emplace_back(d);
      }
    }
    for (int i = 0; i < timers; ++i) {
      const bool starts_a_task = i % 2 == 0;
      const auto& t = all[static_cast<std::size_t>(i)];
      const bool stopped = i % 4 < 2 && t.stop();
      if (starts_a_task && !stopped) ++expected;
      if (!starts_a_task && !stopped && i % 4 >= 2) wg.go([ch = t.channel()] { EXPECT_TRUE(ch.recv()); });
      if (i % 1024 == 0) mn::yield();
    }
    wg.wait();
    while (called < expected) mn::sleep_for(1ms);
    EXPECT_EQ(awake, sleepers);
    EXPECT_EQ(called, expected);
  });
}

TEST(timer_stress, many_tasks_and_threads_set_and_stop_the_same_few_timers) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  on_cores([] {
    std::atomic<long> called{0}, kept{0}, set{0};
    std::vector<mn::timer> calls, sends;
    std::vector<mn::ticker> tickers;
    for (int i = 0; i < 3; ++i) {
      calls.push_back(mn::call_after(1h, [&] { ++called; }));
      ++set;
      sends.emplace_back(1h);
      tickers.emplace_back(30us);
    }
    const auto work = [&](unsigned salt) {
      std::mt19937 random(seed() + salt);
      for (int i = 0; i < repeated(300); ++i) {
        const std::size_t which = random() % 3;
        const auto d = std::chrono::nanoseconds(random() % 20'000);
        switch (random() % 6) {
          case 0: kept += calls[which].stop(); break;
          case 1:
            kept += calls[which].reset(d);
            ++set;
            break;
          case 2: sends[which].reset(d); break;
          case 3: sends[which].stop(); break;
          case 4: tickers[which].reset(d + 10us); break;
          default: {
            std::optional<mn::time_point> value;
            (void)sends[which].channel().try_recv(value);
            (void)tickers[which].channel().try_recv(value);
          }
        }
        if (random() % 8 == 0) mn::sleep_for(std::chrono::nanoseconds(random() % 30'000));
      }
    };
    mn::wait_group wg;
    for (unsigned i = 0; i < 8; ++i) wg.go([&, i] { work(i); });
    std::thread plain([&] { work(100); });
    wg.wait();
    plain.join();
    for (const auto& t : calls) kept += t.stop();
    // Every setting ends in one call or is taken back once.
    while (called + kept < set) mn::sleep_for(100us);
    EXPECT_EQ(called + kept, set);
  });
}

TEST(timer_stress, handles_and_channels_are_dropped_while_timers_go_off) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  on_cores([] {
    mn::wait_group wg;
    for (unsigned i = 0; i < 8; ++i) {
      wg.go([i] {
        std::mt19937 random(seed() + i);
        for (int k = 0; k < repeated(500); ++k) {
          const auto d = std::chrono::nanoseconds(random() % 5'000 + 1);
          switch (random() % 4) {
            case 0: (void)mn::timer(d); break;
            case 1: (void)mn::ticker(d); break;
            case 2: mn::call_after(d, [] {}); break;
            default: {
              const auto ch = mn::ticker(d).channel();
              EXPECT_TRUE(ch.recv());
            }
          }
          if (k % 16 == 0) mn::sleep_for(d);
        }
      });
    }
    wg.wait();
  });
}
