#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <vector>

#include "mixed.hpp"

using namespace std::chrono_literals;

TEST(semaphore, gives_what_it_has_and_takes_it_back) {
  on_cores([] {
    mn::semaphore s(3, 5);
    EXPECT_EQ(s.available(), 3);
    EXPECT_EQ(s.max(), 5);
    s.acquire();
    s.acquire(2);
    EXPECT_FALSE(s.try_acquire());
    s.release(5);
    EXPECT_TRUE(s.try_acquire(4));
    EXPECT_FALSE(s.try_acquire(2));
    EXPECT_EQ(s.available(), 1);
    s.release(4);
  });
}

TEST(semaphore, misuse_is_a_named_error_and_changes_nothing) {
  constexpr auto huge = std::numeric_limits<std::ptrdiff_t>::max();
  EXPECT_THROW(mn::semaphore(-1), mn::bad_semaphore_count);
  EXPECT_THROW(mn::semaphore(0, 0), mn::bad_semaphore_count);
  EXPECT_THROW(mn::semaphore(3, 2), mn::bad_semaphore_count);
  EXPECT_THROW(mn::semaphore(0, huge), mn::bad_semaphore_count);
  mn::semaphore s(2, 3);
  EXPECT_THROW(s.acquire(0), mn::bad_semaphore_count);
  EXPECT_THROW(s.acquire(-1), mn::bad_semaphore_count);
  EXPECT_THROW(s.acquire(4), mn::bad_semaphore_count);
  EXPECT_THROW((void)s.try_acquire(0), mn::bad_semaphore_count);
  EXPECT_THROW((void)s.try_acquire(4), mn::bad_semaphore_count);
  EXPECT_THROW((void)s.try_acquire_for(1ms, 4), mn::bad_semaphore_count);
  EXPECT_THROW(s.release(0), mn::bad_semaphore_count);
  EXPECT_THROW(s.release(-1), mn::bad_semaphore_count);
  EXPECT_THROW(s.release(2), mn::semaphore_overflow);
  EXPECT_THROW(s.release(huge), mn::semaphore_overflow);
  EXPECT_EQ(s.available(), 2);
  mn::semaphore most(mn::semaphore::most_units);
  EXPECT_THROW(most.release(), mn::semaphore_overflow);
  most.acquire(mn::semaphore::most_units);
  EXPECT_EQ(most.available(), 0);
}

TEST(semaphore, a_release_of_too_many_is_an_error_also_while_others_wait) {
  mn::runtime rt({.cores = 1});
  rt.run([] {
    mn::semaphore s(1, 3);
    mn::wait_group wg;
    wg.go([&] { s.acquire(3); });
    mn::yield();
    EXPECT_THROW(s.release(3), mn::semaphore_overflow);
    s.release(2);
    wg.wait();
    EXPECT_EQ(s.available(), 0);
  });
}

TEST(semaphore, serves_in_the_order_of_arrival_so_that_a_large_request_does_not_starve) {
  mn::runtime rt({.cores = 1});
  rt.run([&] {
    mn::semaphore s(2, 9);
    notes<int> order;  // several may have acquired it
    mn::wait_group wg;
    std::uint64_t waiting = 0;
    for (int n : {4, 1, 3, 2}) {
      wg.go([&, n] {
        s.acquire(n);
        order.add(n);
      });
      for (++waiting; rt.stats().tasks_parked < waiting;) mn::yield();
    }
    EXPECT_FALSE(s.try_acquire());  // two are free, but the first one waits for four
    s.release();
    for (int i = 0; i < 100; ++i) mn::yield();
    EXPECT_TRUE(order.all().empty());  // three would do for any other
    // Each time as much as the next needs, which would do for one behind it too.
    std::vector<int> served;
    for (int next : {4, 1, 3, 2}) {
      s.release(next == 4 ? 1 : next);
      served.push_back(next);
      while (order.all().size() < served.size()) mn::yield();
      EXPECT_EQ(order.all(), served);
    }
    wg.wait();
    EXPECT_EQ(s.available(), 0);
  });
}

TEST(semaphore, a_timed_wait_ends_not_too_early_and_takes_nothing) {
  const auto body = [] {
    mn::semaphore s(1, 4);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(s.try_acquire_for(5ms, 2));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 5ms);
    EXPECT_FALSE(s.try_acquire_until(begin + 8ms, 2));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 8ms);
    EXPECT_FALSE(s.try_acquire_until(std::chrono::system_clock::now() + 1ms, 2));
    EXPECT_FALSE(s.try_acquire_until(std::chrono::steady_clock::time_point::min(), 2));
    EXPECT_FALSE(s.try_acquire_for(-1h, 2));
    EXPECT_FALSE(s.try_acquire_for(0s, 2));
    EXPECT_FALSE(s.try_acquire_for(std::chrono::duration<double>(1e-4), 2));
    EXPECT_EQ(s.available(), 1);
    EXPECT_TRUE(s.try_acquire_for(std::chrono::hours::max()));
    s.release();
    EXPECT_TRUE(s.try_acquire_for(0s));
  };
  on_cores(body);
  body();  // in a plain thread
}

TEST(semaphore, a_timed_wait_is_served_in_time) {
  on_cores([] {
    for (int i = 0; i < 100; ++i) {
      mn::semaphore s(0);
      mn::go([&] { s.release(3); });
      EXPECT_TRUE(s.try_acquire_for(std::chrono::hours::max(), 3));
    }
  });
}

TEST(semaphore, one_who_gives_up_lets_those_behind_it_go) {
  const auto body = [](auto start, auto wait) {
    mn::semaphore s(1, 4);
    std::atomic<bool> given_up{false};
    start([&] {
      EXPECT_FALSE(s.try_acquire_for(20ms, 4));
      given_up = true;
    });
    while (!given_up && s.try_acquire()) {  // it is not in the queue yet
      s.release();
      mn::yield();
    }
    s.acquire();  // behind it, and nobody releases anything
    wait();
    EXPECT_EQ(s.available(), 0);
  };
  on_cores([&] {
    mn::wait_group wg;
    body([&](auto f) { wg.go(f); }, [&] { wg.wait(); });
  });
  std::thread other;
  body([&](auto f) { other = std::thread(f); }, [&] { other.join(); });
}

TEST(semaphore, may_be_destroyed_as_soon_as_the_only_waiter_has_what_it_waited_for) {
  on_cores([] {
    for (int i = 0; i < 1000; ++i) {
      auto s = std::make_unique<mn::semaphore>(0);
      mn::go([s = s.get()] { s->release(); });
      if (i % 2 == 0) {
        s->acquire();
      } else {
        ASSERT_TRUE(s->try_acquire_for(1h));
      }
    }
  });
}

TEST(semaphore, never_gives_more_than_it_has_to_tasks_and_threads_that_come_go_and_give_up) {
  on_each_number_of_cores([](unsigned cores) {
    constexpr int units = 5, each = 200;
    mn::semaphore s(units, units);
    std::atomic<int> out{0}, got{0}, gave_up{0};
    run_mixed(cores, 30, 3, [&](int who) {
      lots draw(who);
      for (int i = 0; i < each; ++i) {
        const int n = 1 + static_cast<int>(draw(units));
        const unsigned way = draw(4);
        bool has = true;
        if (way == 0) {
          has = s.try_acquire(n);
        } else if (way == 1) {
          has = s.try_acquire_for(std::chrono::microseconds(draw(100)), n);
        } else {
          s.acquire(n);
        }
        if (!has) {
          ++gave_up;
          continue;
        }
        ++got;
        ASSERT_LE(out += n, units);
        if (draw(4) == 0) mn::yield();
        out -= n;
        if (n > 1 && draw(2) == 0) {
          s.release(1);
          s.release(n - 1);
        } else {
          s.release(n);
        }
      }
    });
    EXPECT_EQ(got + gave_up, 33 * each);
    EXPECT_GT(gave_up, 0);
    EXPECT_EQ(s.available(), units);
    EXPECT_TRUE(s.try_acquire(units));  // nobody waits any more
  });
}
