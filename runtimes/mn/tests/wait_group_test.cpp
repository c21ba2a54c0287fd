#include <atomic>
#include <memory>

#include "on_cores.hpp"

TEST(wait_group, waits_for_every_task) {
  on_cores([] {
    std::atomic<int> ran{0};
    mn::wait_group wg;
    for (int i = 0; i < 1000; ++i) wg.go([&] { ++ran; });
    wg.wait();
    EXPECT_EQ(ran, 1000);
  });
}

TEST(wait_group, returns_at_once_at_zero_and_can_be_used_again) {
  on_cores([] {
    mn::wait_group wg;
    wg.wait();
    for (int round = 0; round < 100; ++round) {
      std::atomic<int> ran{0};
      for (int i = 0; i < 3; ++i) wg.go([&] { ++ran; });
      wg.wait();
      EXPECT_EQ(ran, 3);
    }
  });
}

TEST(wait_group, a_negative_counter_is_an_error_and_changes_nothing) {
  on_cores([] {
    mn::wait_group wg;
    EXPECT_THROW(wg.done(), mn::negative_wait_group_counter);
    wg.add(2);
    EXPECT_THROW(wg.add(-3), mn::negative_wait_group_counter);
    wg.done();
    wg.done();
    wg.wait();
  });
}

TEST(wait_group, wakes_several_waiters) {
  on_cores([] {
    mn::wait_group work, waiting;
    work.add(1);
    std::atomic<int> woken{0};
    for (int i = 0; i < 20; ++i) {
      waiting.go([&] {
        work.wait();
        ++woken;
      });
    }
    for (int i = 0; i < 50; ++i) mn::yield();
    EXPECT_EQ(woken, 0);
    work.done();
    waiting.wait();
    EXPECT_EQ(woken, 20);
  });
}

TEST(wait_group, may_be_destroyed_as_soon_as_wait_returns) {
  // The last done() must not touch the group once the waiter can run. The sanitizers see it if it does.
  on_cores([] {
    for (int i = 0; i < 2000; ++i) {
      auto wg = std::make_unique<mn::wait_group>();
      wg->add(2);
      mn::go([g = wg.get()] { g->done(); });
      mn::go([g = wg.get()] { g->done(); });
      wg->wait();
    }
  });
}
