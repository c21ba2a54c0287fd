#include <atomic>
#include <chrono>
#include <vector>

#include "on_cores.hpp"

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

TEST(sleep_for, is_never_shorter_than_asked) {
  on_cores([] {
    for (auto d : {1us, 100us, 3000us}) {
      const auto begin = clock_type::now();
      mn::sleep_for(d);
      EXPECT_GE(clock_type::now() - begin, d);
    }
  });
}

TEST(sleep_for, nothing_and_less_return_at_once) {
  on_cores([] {
    mn::sleep_for(0s);
    mn::sleep_for(-1s);
  });
}

TEST(sleep_for, ten_thousand_sleepers_wake_and_none_too_early) {
  on_cores([] {
    constexpr int sleepers = scaled(10'000);
    std::atomic<int> awake{0}, early{0};
    mn::wait_group wg;
    const auto begin = clock_type::now();
    for (int i = 0; i < sleepers; ++i) {
      wg.go([&, i] {
        const auto d = std::chrono::microseconds(20'000 + (i * 7919) % 20'000);
        mn::sleep_for(d);
        if (clock_type::now() - begin < d) ++early;
        ++awake;
      });
    }
    wg.wait();
    EXPECT_EQ(awake, sleepers);
    EXPECT_EQ(early, 0);
  });
}

TEST(sleep_for, a_short_sleep_ends_before_a_long_one_that_began_earlier) {
  on_cores([] {
    mn::channel<int> order(2);
    mn::go([=] {
      mn::sleep_for(200ms);
      order.send(2);
    });
    mn::go([=] {
      mn::sleep_for(5ms);
      order.send(1);
    });
    EXPECT_EQ(order.recv(), 1);
    EXPECT_EQ(order.recv(), 2);
  });
}

TEST(sleep_for, a_short_sleep_ends_in_time_though_another_worker_sleeps_towards_a_later_deadline) {
  mn::runtime rt({.cores = 2});
  rt.run([&] {
    mn::channel<int> enough;
    const auto begin = std::chrono::steady_clock::now();
    mn::go([=] { mn::select(mn::after(5s, [] {}), mn::on_recv(enough, [](auto) {})); });
    // Our worker keeps awake until the other one sleeps, towards the only deadline there is.
    while (rt.stats().tasks_parked < 1 || rt.stats().workers_asleep < 1) {
    }
    mn::sleep_for(150ms);  // longer than the monitor, which looks at the clock too, keeps awake
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s) << "it was the other deadline that ended the sleep";
    enough.close();
  });
}

TEST(sleep_until, sleeps_to_the_point_and_not_at_all_where_it_is_past) {
  on_cores([] {
    const auto at = clock_type::now() + 2ms;
    mn::sleep_until(at);
    EXPECT_GE(clock_type::now(), at);
    mn::sleep_until(at);
    mn::sleep_until(clock_type::time_point::min());
  });
}

TEST(sleep_until, works_from_plain_threads) {
  const auto at = clock_type::now() + 2ms;
  mn::sleep_until(at);
  EXPECT_GE(clock_type::now(), at);
}
