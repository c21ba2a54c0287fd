// mn::timer, mn::ticker and call_after: each promise of timer.hpp, and the corners where a lock is held.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "bare_clock.hpp"
#include "on_cores.hpp"

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

bool is_empty(const mn::channel<mn::time_point>& ch) {
  std::optional<mn::time_point> value;
  return ch.try_recv(value) == mn::channel<mn::time_point>::state::empty;
}

/// Waits for what another task or thread is about to do; tests hang rather than claim a time.
template <class F>
void wait_for(F condition) {
  while (!condition()) mn::sleep_for(100us);
}

}  // namespace

TEST(timer, sends_the_time_at_which_it_was_due_and_not_before) {
  on_cores([] {
    for (auto d : {1us, 100us, 3000us}) {
      const auto begin = clock_type::now();
      const auto due = mn::timer(d).channel().recv();
      const auto end = clock_type::now();
      ASSERT_TRUE(due);
      EXPECT_GE(*due, begin + d);
      EXPECT_LE(*due, end);
    }
  });
}

TEST(timer, of_zero_or_less_goes_off_at_once) {
  on_cores([] {
    for (auto d : {0ns, -1ns, std::chrono::nanoseconds::min()}) {
      const mn::timer t(d);
      EXPECT_TRUE(t.channel().recv());
    }
  });
}

TEST(timer, the_longest_time_is_for_ever) {
  on_cores([] {
    const mn::timer t(std::chrono::nanoseconds::max());
    mn::sleep_for(1ms);
    EXPECT_TRUE(is_empty(t.channel()));
    EXPECT_TRUE(t.stop());
  });
}

TEST(timer, stopped_before_it_is_due_sends_nothing) {
  on_cores([] {
    const mn::timer t(2ms);
    EXPECT_TRUE(t.stop());
    EXPECT_FALSE(t.stop());
    mn::sleep_for(5ms);
    EXPECT_TRUE(is_empty(t.channel()));
  });
}

TEST(timer, stop_takes_back_what_was_sent_and_not_received) {
  on_cores([] {
    const mn::timer t(1ns);
    wait_for([&] { return t.channel().size() == 1; });
    EXPECT_TRUE(t.stop());
    EXPECT_TRUE(is_empty(t.channel()));
    EXPECT_FALSE(t.stop());
  });
}

TEST(timer, stop_says_that_it_came_too_late) {
  on_cores([] {
    const mn::timer t(1ns);
    EXPECT_TRUE(t.channel().recv());
    EXPECT_FALSE(t.stop());
  });
}

TEST(timer, reset_takes_back_what_was_sent_and_goes_off_again) {
  on_cores([] {
    const mn::timer t(1ns);
    wait_for([&] { return t.channel().size() == 1; });
    const auto begin = clock_type::now();
    EXPECT_TRUE(t.reset(2ms));
    const auto due = t.channel().recv();
    EXPECT_GE(*due, begin + 2ms);  // an old value would be earlier
    EXPECT_FALSE(t.reset(1ns));
    EXPECT_TRUE(t.channel().recv());
  });
}

TEST(timer, reset_to_earlier_and_to_later_counts_from_now) {
  on_cores([] {
    const mn::timer t(1h);
    EXPECT_TRUE(t.reset(1ms));
    EXPECT_TRUE(t.channel().recv());
    EXPECT_FALSE(t.reset(1ms));
    EXPECT_TRUE(t.reset(1h));
    mn::sleep_for(3ms);
    EXPECT_TRUE(is_empty(t.channel()));
  });
}

TEST(timer, goes_off_after_its_last_handle_is_gone_while_somebody_has_the_channel) {
  on_cores([] {
    const auto ch = mn::timer(1ms).channel();
    EXPECT_TRUE(ch.recv());
  });
}

TEST(timer, that_nobody_can_hear_leaves_the_clock) {
  const auto clock = mn::detail::bare_clock::get();
  const auto nothing_is_set = [&] { return clock->next_deadline() == mn::detail::timers::never; };
  ASSERT_TRUE(nothing_is_set());
  {
    const mn::timer t(1h);
    const auto copy = t;
    EXPECT_FALSE(nothing_is_set());
  }
  EXPECT_TRUE(nothing_is_set());
  {
    const auto ch = mn::ticker(100us).channel();
    EXPECT_TRUE(ch.recv());
    EXPECT_TRUE(ch.recv());
    EXPECT_FALSE(nothing_is_set());
  }
  wait_for(nothing_is_set);  // the ticker finds out at a tick
}

TEST(timer, is_heard_by_a_select) {
  on_cores([] {
    const mn::timer soon(1ms), late(1h);
    EXPECT_EQ(mn::select(mn::on_recv(late.channel(), [](auto) { FAIL(); }),
                         mn::on_recv(soon.channel(), [](auto due) { EXPECT_TRUE(due); })),
              1u);
  });
}

TEST(timer, a_closed_channel_loses_the_value_and_nothing_else) {
  on_cores([] {
    const mn::timer t(1ms);
    t.channel().close();
    const mn::timer after_it(2ms);
    EXPECT_TRUE(after_it.channel().recv());
    EXPECT_FALSE(t.stop());
  });
}

// The receiver parks with the channel's lock held, and the worker that then looks for its next task finds the timer
// due: it must not wait for that lock, and must not forget the timer.
TEST(timer, comes_due_while_its_own_receiver_parks) {
  on_cores([] {
    mn::wait_group wg;
    for (int i = 0; i < 8; ++i) {
      wg.go([] {
        const mn::timer t(1h);
        for (int k = 0; k < repeated(500); ++k) {
          t.reset(std::chrono::nanoseconds(k % 7 * 100));
          EXPECT_TRUE(t.channel().recv());
        }
      });
    }
    wg.wait();
  });
}

TEST(timer, stop_and_receive_share_one_value) {
  on_cores([] {
    std::atomic<int> received{0};
    int kept = 0;
    constexpr int rounds = repeated(1000);
    for (int i = 0; i < rounds; ++i) {
      const mn::timer t(std::chrono::nanoseconds(i % 20 * 500));
      mn::channel<int> give_up;
      mn::wait_group wg;
      wg.go(
          [&] { mn::select(mn::on_recv(t.channel(), [&](auto) { ++received; }), mn::on_recv(give_up, [](auto) {})); });
      if (i % 3 == 0) mn::yield();
      if (i % 5 == 0) mn::sleep_for(5us);
      if (t.stop()) ++kept;
      give_up.close();
      wg.wait();
    }
    EXPECT_EQ(received + kept, rounds);
  });
}

TEST(timer, a_reset_never_lets_an_old_value_through) {
  on_cores([] {
    const mn::timer t(1ns);
    for (int i = 0; i < repeated(1000); ++i) {
      if (i % 3 == 0) mn::yield();
      const auto before = clock_type::now();
      t.reset(std::chrono::nanoseconds(i % 11 * 300));
      const auto due = t.channel().recv();
      ASSERT_GE(*due, before);
    }
  });
}

TEST(timer, works_from_plain_threads_without_any_runtime) {
  const mn::timer stopped(1h), t(2ms);
  EXPECT_TRUE(stopped.stop());
  EXPECT_TRUE(t.channel().recv());
  EXPECT_FALSE(t.reset(1ms));
  EXPECT_EQ(mn::select(mn::on_recv(stopped.channel(), [](auto) { FAIL(); }), mn::on_recv(t.channel(), [](auto) {})),
            1u);
}

TEST(timer, of_a_task_can_be_set_by_a_plain_thread_while_every_worker_sleeps) {
  mn::runtime rt({.cores = 2});
  rt.run([] {
    const mn::timer t(1h);
    mn::channel<int> parked;
    std::thread plain([=] {
      std::this_thread::sleep_for(20ms);  // the workers are asleep, towards a deadline in an hour
      t.reset(1ms);
    });
    EXPECT_TRUE(t.channel().recv());
    plain.join();
  });
}

TEST(timer, outlives_its_runtime) {
  std::optional<mn::timer> pending, stopped;
  std::optional<mn::ticker> ticks;
  {
    mn::runtime rt({.cores = 2});
    rt.run([&] {
      pending.emplace(30ms);
      stopped.emplace(1h);
      ticks.emplace(10ms);
      EXPECT_TRUE(stopped->stop());
    });
  }
  EXPECT_TRUE(pending->channel().recv());
  EXPECT_FALSE(stopped->reset(1ms));
  EXPECT_TRUE(stopped->channel().recv());
  EXPECT_TRUE(ticks->channel().recv());
  EXPECT_TRUE(ticks->channel().recv());
}

TEST(call_after, starts_a_task_when_it_is_due) {
  on_cores([] {
    mn::channel<clock_type::time_point> called;
    const auto begin = clock_type::now();
    mn::call_after(2ms, [=] { called.send(clock_type::now()); });
    EXPECT_GE(*called.recv(), begin + 2ms);
  });
}

TEST(call_after, the_task_may_block) {
  on_cores([] {
    mn::channel<int> a, b;
    mn::call_after(0ns, [=] {
      mn::sleep_for(1ms);
      b.send(*a.recv() + 1);
    });
    a.send(1);
    EXPECT_EQ(b.recv(), 2);
  });
}

TEST(call_after, a_stopped_call_is_not_made_and_is_destroyed) {
  on_cores([] {
    auto held = std::make_shared<int>();
    {
      const auto t = mn::call_after(1ms, [held] { FAIL(); });
      EXPECT_TRUE(t.stop());
      mn::sleep_for(3ms);
      EXPECT_FALSE(t.stop());
      EXPECT_EQ(held.use_count(), 2);  // it could be set again
    }
    EXPECT_EQ(held.use_count(), 1);
  });
}

TEST(call_after, is_made_once_for_each_reset_that_came_too_late) {
  on_cores([] {
    std::atomic<int> calls{0};
    const auto t = mn::call_after(0ns, [&] { ++calls; });
    int set = 1;
    for (int i = 0; i < 500; ++i) {
      if (i % 4 == 0) mn::yield();
      if (i % 7 == 0) mn::sleep_for(2us);
      if (!t.reset(std::chrono::nanoseconds(i % 5 * 400))) ++set;
    }
    wait_for([&] { return calls == set; });
    EXPECT_FALSE(t.stop());
    EXPECT_EQ(calls, set);
  });
}

TEST(call_after, takes_what_can_only_be_moved) {
  on_cores([] {
    mn::channel<int> got;
    mn::call_after(1ns, [got, p = std::make_unique<int>(7)] { got.send(*p); });
    EXPECT_EQ(got.recv(), 7);
  });
}

TEST(call_after, is_misused_with_a_named_error) {
  EXPECT_THROW(mn::call_after(1ns, [] {}), mn::not_in_a_task);
  std::optional<mn::timer> left;
  {
    mn::runtime rt({.cores = 1});
    rt.run([&] {
      left = mn::call_after(1h, [] {});
      EXPECT_THROW((void)left->channel(), mn::timer_has_no_channel);
    });
  }
  EXPECT_FALSE(left->stop());  // its runtime's end has stopped it
  EXPECT_THROW(left->reset(1ns), mn::runtime_has_ended);
}

TEST(call_after, what_is_not_due_when_the_runtime_ends_is_destroyed_and_not_called) {
  auto held = std::make_shared<int>();
  {
    mn::runtime rt({.cores = 2});
    rt.run([&] {
      for (int i = 0; i < 1000; ++i) mn::call_after(std::chrono::hours(1 + i * 7919 % 1000), [held] { FAIL(); });
    });
    EXPECT_EQ(held.use_count(), 1001);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(call_after, a_runtime_that_ends_while_calls_come_due_loses_none_that_has_begun) {
  for (int round = 0; round < repeated(200); ++round) {
    std::atomic<int> begun{0}, ended{0};
    auto held = std::make_shared<int>();
    {
      mn::runtime rt({.cores = 1u + static_cast<unsigned>(round) % 3});
      rt.run([&] {
        for (int i = 0; i < 50; ++i) {
          mn::call_after(std::chrono::microseconds(i * 5), [&, held] {
            ++begun;
            mn::sleep_for(20us);
            ++ended;
          });
        }
      });
    }
    ASSERT_EQ(begun, ended);
    ASSERT_EQ(held.use_count(), 1);
  }
}

TEST(timer_death, an_exception_of_a_call_ends_the_program_and_says_where_it_was_asked_for) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // other tests have left the thread of the bare clock
  EXPECT_DEATH(
      {
        mn::runtime rt({.cores = 1});
        rt.run([] {
          mn::call_after(1ns, [] { throw std::runtime_error("went wrong"); });
          mn::sleep_for(10s);
        });
      },
      "mn: an exception left the task spawned at .*timer_test.cpp:[0-9]+: went wrong");
}

TEST(ticker, ticks_are_whole_periods_apart) {
  on_cores([] {
    const auto begin = clock_type::now();
    const mn::ticker t(500us);
    const auto first = *t.channel().recv();
    EXPECT_GE(first, begin + 500us);
    auto last = first;
    for (int i = 0; i < 20; ++i) {
      const auto tick = *t.channel().recv();
      EXPECT_LE(tick, clock_type::now());
      EXPECT_GT(tick, last);
      EXPECT_EQ((tick - first) % 500us, 0ns) << "it drifts";
      last = tick;
    }
  });
}

TEST(ticker, drops_ticks_for_a_slow_receiver) {
  on_cores([] {
    const mn::ticker t(100us);
    wait_for([&] { return t.channel().size() == 1; });
    mn::sleep_for(3ms);
    EXPECT_EQ(t.channel().size(), 1u);
    const auto old = *t.channel().recv();
    const auto next = *t.channel().recv();
    EXPECT_GE(next - old, 1ms) << "the ticks in between were kept";
  });
}

TEST(ticker, stopped_sends_nothing_until_it_is_reset) {
  on_cores([] {
    const mn::ticker t(50us);
    wait_for([&] { return t.channel().size() == 1; });
    t.stop();
    EXPECT_TRUE(is_empty(t.channel()));
    mn::sleep_for(1ms);
    EXPECT_TRUE(is_empty(t.channel()));
    const auto begin = clock_type::now();
    t.reset(200us);
    const auto first = *t.channel().recv();
    EXPECT_GE(first, begin + 200us);
    EXPECT_EQ((*t.channel().recv() - first) % 200us, 0ns);
  });
}

TEST(ticker, a_reset_while_it_ticks_lets_no_old_tick_through) {
  on_cores([] {
    const mn::ticker t(20us);
    for (int i = 0; i < 200; ++i) {
      const auto period = std::chrono::microseconds(10 + i % 3 * 10);
      const auto before = clock_type::now();
      t.reset(period);
      ASSERT_GE(*t.channel().recv(), before + period);
    }
  });
}

TEST(ticker, needs_a_period_above_zero) {
  on_cores([] {
    EXPECT_THROW(mn::ticker(0ns), mn::bad_option);
    EXPECT_THROW(mn::ticker(-1ns), mn::bad_option);
    const mn::ticker t(1ms);
    EXPECT_THROW(t.reset(0ns), mn::bad_option);
    EXPECT_TRUE(t.channel().recv());  // and goes on
  });
}

TEST(ticker, goes_on_while_somebody_has_its_channel) {
  on_cores([] {
    int ticks = 0;
    for (auto tick : mn::ticker(50us).channel()) {
      (void)tick;
      if (++ticks == 5) break;
    }
    EXPECT_EQ(ticks, 5);
  });
}

TEST(ticker, serves_plain_threads) {
  const mn::ticker t(300us);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(t.channel().recv());
}
