#include "timers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <random>
#include <vector>

using mn::detail::alarm;
using mn::detail::rung;
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

/// Answers what it is told to, and notes what happens to it.
class scripted : public alarm {
 public:
  explicit scripted(bool needs_runtime = false) : alarm(needs_runtime) {}
  rung ring(std::int64_t now) noexcept override {
    ++rings;
    if (answer == rung::again) deadline_ns = now + 10;
    return answer;
  }
  void go_off(mn::detail::scheduler* home) noexcept override {
    EXPECT_EQ(home, nullptr);
    ++went_off;
  }

  rung answer = rung::done;
  int rings = 0;
  int went_off = 0;
};

void add(timers& all, scripted& a, std::int64_t deadline) {
  a.deadline_ns = deadline;
  all.lock.lock();
  all.add_locked(a);
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

TEST(timers, fire_all_that_are_due_however_many) {
  timers all;
  std::vector<timer> t(1000);
  fired.clear();
  for (std::size_t i = 0; i < t.size(); ++i) add(all, t[i], static_cast<std::int64_t>(i));
  EXPECT_EQ(all.fire(899), 900u);
  EXPECT_EQ(fired.size(), 900u);
  EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end()));
  EXPECT_EQ(all.next_deadline(), 900);
}

TEST(timers, alarms_that_cannot_ring_now_stay_due_and_a_few_hold_nobody_up) {
  for (std::size_t how_many : {1u, 63u, 64u, 200u}) {
    timers all;
    timer earlier, later;
    std::vector<scripted> busy(how_many);
    fired.clear();
    add(all, earlier, 1);
    for (auto& a : busy) {
      a.answer = rung::not_now;
      add(all, a, 2);
    }
    add(all, later, 3);
    EXPECT_EQ(all.fire(5), how_many < 63 ? 2u : 1u);
    EXPECT_EQ(all.next_deadline(), 2);
    for (auto& a : busy) a.answer = rung::done;
    all.fire(5);
    EXPECT_EQ(fired, (std::vector<std::int64_t>{1, 3}));
    EXPECT_EQ(all.next_deadline(), timers::never);
  }
}

TEST(timers, an_alarm_that_sets_itself_again_rings_again) {
  timers all;
  scripted a;
  a.answer = rung::again;
  add(all, a, 1);
  EXPECT_EQ(all.fire(5), 1u);
  EXPECT_EQ(all.next_deadline(), 15);
  EXPECT_EQ(all.fire(14), 0u);
  EXPECT_EQ(all.fire(15), 1u);
  EXPECT_EQ(a.rings, 2);
}

TEST(timers, what_goes_off_does_so_once_and_is_nobodys_timer_then) {
  timers all;
  std::vector<scripted> a(3);
  for (auto& x : a) {
    x.answer = rung::goes_off;
    add(all, x, 1);
  }
  EXPECT_EQ(all.fire(5), 3u);
  for (auto& x : a) {
    EXPECT_EQ(x.went_off, 1);
    EXPECT_FALSE(all.remove(x));
  }
}

TEST(timers, only_what_needs_a_runtime_is_dismissed_and_the_rest_keeps_its_order) {
  std::mt19937 random(20260102);
  timers all;
  std::vector<timer> t(100);
  std::vector<scripted> kept(50);
  std::vector<std::unique_ptr<scripted>> orphans;
  fired.clear();
  for (auto& x : t) add(all, x, static_cast<std::int64_t>(random() % 1000));
  for (auto& x : kept) add(all, x, static_cast<std::int64_t>(random() % 1000));
  for (int i = 0; i < 70; ++i) {
    orphans.push_back(std::make_unique<scripted>(true));
    add(all, *orphans.back(), static_cast<std::int64_t>(random() % 1000));
  }
  all.dismiss_orphans();
  for (const auto& x : orphans) {
    EXPECT_EQ(x->went_off, 1);
    EXPECT_FALSE(all.remove(*x));
  }
  EXPECT_TRUE(all.remove(kept[0]));
  for (std::int64_t now = 0; now <= 1000; now += 50) all.fire(now);
  EXPECT_EQ(fired.size(), t.size());
  EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end()));
  for (std::size_t i = 1; i < kept.size(); ++i) EXPECT_EQ(kept[i].rings, 1);
  EXPECT_EQ(all.next_deadline(), timers::never);
}

TEST(timers, times_without_end_do_not_overflow) {
  EXPECT_EQ(timers::later(5, 10), 15);
  EXPECT_EQ(timers::later(5, timers::never), timers::never);
  EXPECT_EQ(timers::later(5, timers::never - 5), timers::never);
  // Not before now: the difference of such a deadline and a later moment would have no room.
  EXPECT_EQ(timers::later(5, std::numeric_limits<std::int64_t>::min()), 5);
}
