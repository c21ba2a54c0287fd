#include <atomic>
#include <chrono>
#include <thread>

#include "on_cores.hpp"

using namespace std::chrono_literals;

namespace {

/// Nothing runs any more but what the tests parked: so all that is counted is exact.
mn::statistics when_asleep(const mn::runtime& rt) {
  while (rt.stats().workers_asleep != rt.cores()) std::this_thread::sleep_for(1ms);
  return rt.stats();
}

}  // namespace

TEST(statistics, tell_how_many_tasks_are_parked_and_how_many_stacks_they_hold) {
  for (unsigned cores : {1u, 2u, 4u}) {
    mn::runtime rt({.cores = cores});
    mn::channel<int> gate;
    for (int i = 0; i < 50; ++i) rt.go([=] { (void)gate.recv(); });
    auto s = when_asleep(rt);
    while (s.tasks_parked != 50) s = when_asleep(rt);
    EXPECT_EQ(s.tasks_started, 50u);
    EXPECT_EQ(s.tasks_ended, 0u);
    EXPECT_EQ(s.tasks_running, 0u);
    EXPECT_EQ(s.tasks_queued, 0u);
    EXPECT_EQ(s.stacks_in_use, 50u);
    EXPECT_EQ(s.stacks, s.stacks_in_use + s.stacks_cached);
    EXPECT_EQ(s.blocking_calls, 0u);
    gate.close();
    while (rt.stats().tasks_ended != 50) std::this_thread::sleep_for(1ms);
    s = when_asleep(rt);
    EXPECT_EQ(s.tasks_parked, 0u);
    EXPECT_EQ(s.stacks_in_use, 0u);
    EXPECT_EQ(s.stacks_cached, s.stacks);
  }
}

TEST(statistics, tell_what_runs_and_what_waits_for_its_turn) {
  mn::runtime rt({.cores = 1});
  rt.run([&] {
    for (int i = 0; i < 10; ++i) mn::go([] {});
    const auto s = rt.stats();
    EXPECT_EQ(s.tasks_running, 1u);
    EXPECT_EQ(s.tasks_queued, 10u);
    EXPECT_EQ(s.tasks_parked, 0u);
  });
}

TEST(statistics, count_hand_offs_and_timers) {
  mn::runtime rt({.cores = 1});
  rt.run([] {
    mn::channel<int> ch;
    mn::go([=] {
      for (int i = 0; i < 100; ++i) ch.send(i);
      ch.close();
    });
    for (int v : ch) (void)v;
    for (int i = 0; i < 5; ++i) mn::sleep_for(1us);
    mn::select(mn::on_recv(ch, [](auto) {}), mn::after(1h, [] {}));  // closed: its timer never fires
  });
  const auto s = rt.stats();
  EXPECT_GE(s.hand_offs, 100u);
  EXPECT_EQ(s.timers_fired, 5u);
}

TEST(statistics, count_the_sleepers_that_were_woken) {
  mn::runtime rt({.cores = 1});
  for (int i = 0; i < 10; ++i) {
    (void)when_asleep(rt);
    const auto before = rt.stats().wake_ups;
    rt.run([] {});
    EXPECT_EQ(rt.stats().wake_ups, before + 1);
  }
}
