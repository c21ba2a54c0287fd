#include "task_queue.hpp"

#include <gtest/gtest.h>

#include <array>

using mn::detail::task;
using mn::detail::task_fifo;
using mn::detail::task_queue;

TEST(task_queue, ready_tasks_come_first_in_first_out_and_fresh_ones_newest_first) {
  task_queue q;
  std::array<task, 4> t;
  q.push_fresh(t[0]);
  q.push_fresh(t[1]);
  q.push_ready(t[2]);
  q.push_ready(t[3]);
  EXPECT_EQ(q.size_hint(), 4u);
  EXPECT_EQ(q.pop(task_queue::ready_first), &t[2]);
  EXPECT_EQ(q.pop(task_queue::ready_first), &t[3]);
  EXPECT_EQ(q.pop(task_queue::ready_first), &t[1]);
  EXPECT_EQ(q.pop(task_queue::ready_first), &t[0]);
  EXPECT_EQ(q.pop(task_queue::ready_first), nullptr);
  EXPECT_EQ(q.size_hint(), 0u);
}

TEST(task_queue, fresh_tasks_can_be_asked_for_first) {
  task_queue q;
  std::array<task, 4> t;
  for (int i = 0; i < 3; ++i) q.push_fresh(t[static_cast<std::size_t>(i)]);
  q.push_ready(t[3]);
  EXPECT_EQ(q.pop(task_queue::oldest_fresh_first), &t[0]);
  EXPECT_EQ(q.pop(task_queue::newest_fresh_first), &t[2]);
  EXPECT_EQ(q.pop(task_queue::newest_fresh_first), &t[1]);
  EXPECT_EQ(q.pop(task_queue::newest_fresh_first), &t[3]);
}

TEST(task_queue, a_thief_gets_the_oldest_half_within_the_limit) {
  task_queue q;
  std::array<task, 10> t;
  for (auto& x : t) q.push_fresh(x);
  task_fifo out;
  EXPECT_EQ(q.steal_half(out, 3), 3u);
  EXPECT_EQ(out.pop_front(), &t[0]);
  EXPECT_EQ(out.pop_front(), &t[1]);
  EXPECT_EQ(out.pop_front(), &t[2]);
  EXPECT_EQ(q.steal_half(out, 100), 4u);  // half of seven, rounded up
  EXPECT_EQ(q.size_hint(), 3u);
  EXPECT_EQ(q.pop(task_queue::ready_first), &t[9]);
}

TEST(task_queue, the_age_is_that_of_the_oldest_task_of_either_kind) {
  task_queue q;
  std::array<task, 3> t;
  EXPECT_TRUE(q.oldest().empty);
  q.push_ready(t[0]);
  q.push_fresh(t[1]);
  q.push_ready(t[2]);
  EXPECT_EQ(q.oldest().oldest, t[0].sequence);
  EXPECT_FALSE(q.oldest().fresh);
  EXPECT_EQ(q.oldest().newest, t[2].sequence);
  EXPECT_EQ(q.pop(task_queue::ready_first), &t[0]);
  EXPECT_EQ(q.oldest().oldest, t[1].sequence);
  EXPECT_TRUE(q.oldest().fresh);
}
