// Wait groups, mutexes, sleep, and what it means that a run has ended.
#pragma once

#include <memory>
#include <mutex>
#include <stdexcept>

#include "conformance/suite.hpp"

namespace threadmark::conformance {

THREADMARK_RULES(sync_rules);

TYPED_TEST(sync_rules, a_run_ends_only_after_every_task) {
  using M = TypeParam;
  std::atomic<int> ended = 0;
  this->run([&] {
    for (int i = 0; i < 10; ++i) {
      M::go([&] {
        M::sleep_for(std::chrono::milliseconds(2));
        M::go([&] {
          M::sleep_for(std::chrono::milliseconds(2));
          ++ended;
        });
      });
    }
  });
  EXPECT_EQ(ended, 10);
}

TYPED_TEST(sync_rules, what_a_task_holds_ends_with_it) {
  using M = TypeParam;
  auto held = std::make_shared<int>(1);
  this->run([&] {
    for (int i = 0; i < 10; ++i) M::go([held] { (void)held; });
  });
  EXPECT_EQ(held.use_count(), 1);
}

TYPED_TEST(sync_rules, wait_returns_only_after_the_last_done) {
  using M = TypeParam;
  this->run([&] {
    typename M::wait_group wg;
    wg.wait();  // nothing to wait for
    std::atomic<int> done = 0;
    wg.add(30);
    for (int i = 0; i < 30; ++i) {
      M::go([&] {
        M::yield();
        ++done;
        wg.done();
      });
    }
    wg.wait();
    EXPECT_EQ(done, 30);
  });
}

TYPED_TEST(sync_rules, a_wait_group_may_be_used_again_and_again) {
  using M = TypeParam;
  this->run([&] {
    typename M::wait_group wg;
    std::atomic<int> done = 0;
    for (int round = 1; round <= 500; ++round) {
      wg.add(3);
      for (int i = 0; i < 3; ++i) {
        M::go([&] {
          ++done;
          wg.done();
        });
      }
      wg.wait();
      ASSERT_EQ(done, round * 3);
    }
  });
}

TYPED_TEST(sync_rules, all_who_wait_for_a_wait_group_go_on) {
  using M = TypeParam;
  this->run([&] {
    typename M::wait_group gate, ended;
    std::atomic<int> passed = 0;
    gate.add(1);
    ended.add(10);
    for (int i = 0; i < 10; ++i) {
      M::go([&] {
        gate.wait();
        ++passed;
        ended.done();
      });
    }
    this->let_others_run();
    EXPECT_EQ(passed, 0);
    gate.done();
    ended.wait();
    EXPECT_EQ(passed, 10);
  });
}

TYPED_TEST(sync_rules, a_wait_group_may_end_as_soon_as_wait_returns) {
  using M = TypeParam;
  this->run([&] {
    for (int round = 0; round < 300; ++round) {
      auto wg = std::make_unique<typename M::wait_group>();
      wg->add(2);
      for (int i = 0; i < 2; ++i) M::go([&group = *wg] { group.done(); });
      wg->wait();
    }
  });
}

TYPED_TEST(sync_rules, a_negative_wait_group_counter_throws) {
  using M = TypeParam;
  this->run([&] {
    typename M::wait_group wg;
    EXPECT_THROW(wg.done(), std::logic_error);
    wg.add(2);
    EXPECT_THROW(wg.add(-3), std::logic_error);
  });
}

TYPED_TEST(sync_rules, a_mutex_excludes_even_across_a_switch) {
  using M = TypeParam;
  this->run([&] {
    typename M::mutex m;
    typename M::wait_group ended;
    int counter = 0;  // not atomic: the mutex must do
    std::atomic<int> inside = 0;
    ended.add(8);
    for (int t = 0; t < 8; ++t) {
      M::go([&] {
        for (int i = 0; i < 250; ++i) {
          std::lock_guard guard(m);
          EXPECT_EQ(inside.fetch_add(1), 0);
          const int before = counter;
          if (i % 16 == 0) M::yield();
          counter = before + 1;
          inside.fetch_sub(1);
        }
        ended.done();
      });
    }
    ended.wait();
    EXPECT_EQ(counter, 8 * 250);
  });
}

TYPED_TEST(sync_rules, try_lock_fails_while_another_task_holds_the_mutex) {
  using M = TypeParam;
  this->run([&] {
    typename M::mutex m;
    const auto try_in_another_task = [&] {
      std::atomic<int> result = -1;
      M::go([&] {
        const bool got = m.try_lock();
        if (got) m.unlock();
        result = got ? 1 : 0;
      });
      this->wait_until([&] { return result != -1; });
      return result == 1;
    };
    m.lock();
    EXPECT_FALSE(try_in_another_task());
    m.unlock();
    EXPECT_TRUE(try_in_another_task());
  });
}

TYPED_TEST(sync_rules, sleep_is_never_too_short) {
  using M = TypeParam;
  this->run([&] {
    typename M::wait_group ended;
    ended.add(20);
    for (int i = 0; i < 20; ++i) {
      M::go([&, i] {
        const auto asked = std::chrono::microseconds(500 * i);
        const auto start = std::chrono::steady_clock::now();
        M::sleep_for(asked);
        EXPECT_GE(std::chrono::steady_clock::now() - start, asked);
        ended.done();
      });
    }
    ended.wait();
    M::sleep_for(duration::zero());
    M::sleep_for(duration(-1));
  });
}

TYPED_TEST(sync_rules, sleepers_do_not_hold_each_other_up) {
  using M = TypeParam;
  // 200 sleeps of 20 ms are 4 s one after the other; the bound is generous, and still far from that.
  const auto start = std::chrono::steady_clock::now();
  this->run([&] {
    for (int i = 0; i < 200; ++i) M::go([] { M::sleep_for(std::chrono::milliseconds(20)); });
  });
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
}

}  // namespace threadmark::conformance
