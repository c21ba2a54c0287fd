#include "timers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

using mn::detail::timer;
using mn::detail::timers;

namespace {

std::vector<std::int64_t> fired;
void note(timer& t) {
  fired.push_back(t.deadline_ns);
}

void add(timers& all, timer& t, std::int64_t deadline) {
  t.deadline_ns = deadline;
  t.fired = note;
  all.lock.lock();
  all.add_locked(t);
  all.lock.unlock();
}

}  // namespace

TEST(timers, fire_in_order_and_only_when_due) {
  timers all;
  std::vector<timer> t(5);
  fired.clear();
  EXPECT_EQ(all.next_deadline(), timers::never);
  const std::int64_t deadlines[] = {50, 10, 30, 20, 40};
  for (std::size_t i = 0; i < 5; ++i) add(all, t[i], deadlines[i]);
  EXPECT_EQ(all.next_deadline(), 10);
  EXPECT_EQ(all.fire(9), 0u);
  EXPECT_EQ(all.fire(30), 3u);
  EXPECT_EQ(fired, (std::vector<std::int64_t>{10, 20, 30}));
  EXPECT_EQ(all.next_deadline(), 40);
}

TEST(timers, a_removed_timer_does_not_fire) {
  timers all;
  timer a, b;
  fired.clear();
  add(all, a, 1);
  add(all, b, 2);
  EXPECT_TRUE(all.remove(a));
  EXPECT_FALSE(all.remove(a));
  EXPECT_EQ(all.next_deadline(), 2);
  all.fire(100);
  EXPECT_EQ(fired, (std::vector<std::int64_t>{2}));
  EXPECT_FALSE(all.remove(b));
}

TEST(timers, random_adds_and_removes_agree_with_a_sorted_list) {
  std::mt19937 random(20260101);
  for (int round = 0; round < 200; ++round) {
    timers all;
    std::vector<timer> t(100);
    std::vector<std::int64_t> expected;
    fired.clear();
    for (auto& x : t) add(all, x, static_cast<std::int64_t>(random() % 50));
    for (auto& x : t) {
      if (random() % 3 == 0) {
        EXPECT_TRUE(all.remove(x));
      } else {
        expected.push_back(x.deadline_ns);
      }
    }
    std::sort(expected.begin(), expected.end());
    for (std::int64_t now = 0; now < 50; now += 7) all.fire(now);
    all.fire(50);
    ASSERT_EQ(fired, expected);
    ASSERT_EQ(all.next_deadline(), timers::never);
  }
}
