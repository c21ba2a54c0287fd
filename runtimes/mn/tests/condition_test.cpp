#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "mixed.hpp"

using namespace std::chrono_literals;

TEST(condition, a_waiter_sees_what_was_done_before_the_notification) {
  on_cores([] {
    mn::mutex m;
    mn::condition changed;
    bool done = false;
    int value = 0;
    mn::go([&] {
      std::unique_lock lock(m);
      value = 7;
      done = true;
      changed.notify_one();
    });
    std::unique_lock lock(m);
    changed.wait(lock, [&] { return done; });
    EXPECT_EQ(value, 7);
    EXPECT_TRUE(lock.owns_lock());
  });
}

TEST(condition, a_notification_wakes_one_those_who_waited_longest_first_and_all_wakes_the_rest) {
  mn::runtime rt({.cores = 1});
  rt.run([] {
    mn::mutex m;
    mn::condition c;
    int waiting = 0;
    std::vector<int> order;
    mn::wait_group wg;
    const auto until = [&](auto reached) {
      for (;; mn::yield()) {
        std::lock_guard hold(m);
        if (reached()) return;
      }
    };
    for (int i = 0; i < 6; ++i) {
      wg.go([&, i] {
        std::unique_lock lock(m);
        ++waiting;  // whoever sees this holds the lock, so by then we wait
        c.wait(lock);
        order.push_back(i);
      });
      until([&] { return waiting == i + 1; });
    }
    c.notify_one();
    until([&] { return !order.empty(); });
    for (int i = 0; i < 100; ++i) mn::yield();  // for one too many to come forward
    until([&] {
      EXPECT_EQ(order, (std::vector{0}));
      return true;
    });
    c.notify_one();
    c.notify_one();
    until([&] { return order.size() >= 3; });
    for (int i = 0; i < 100; ++i) mn::yield();
    until([&] {
      // Those who have been woken run in any order.
      EXPECT_TRUE((std::ranges::is_permutation(order, std::vector{0, 1, 2}))) << ::testing::PrintToString(order);
      return true;
    });
    c.notify_all();
    wg.wait();
    EXPECT_EQ(order.size(), 6u);
    c.notify_one();  // nobody: no effect
    c.notify_all();
  });
}

TEST(condition, a_timed_wait_ends_not_too_early_and_holds_the_lock_again) {
  const auto body = [] {
    mn::mutex m;
    mn::condition c;
    std::unique_lock lock(m);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(c.wait_for(lock, 5ms), std::cv_status::timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 5ms);
    EXPECT_TRUE(lock.owns_lock());
    EXPECT_FALSE(m.try_lock());
    EXPECT_EQ(c.wait_until(lock, begin + 8ms), std::cv_status::timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 8ms);
    const auto wall = std::chrono::system_clock::now() + 1ms;
    while (c.wait_until(lock, wall) != std::cv_status::timeout) {
    }
    EXPECT_GE(std::chrono::system_clock::now(), wall);
    EXPECT_EQ(c.wait_until(lock, begin - 1h), std::cv_status::timeout);
    EXPECT_EQ(c.wait_until(lock, std::chrono::steady_clock::time_point::min()), std::cv_status::timeout);
    EXPECT_EQ(c.wait_for(lock, -1s), std::cv_status::timeout);
    EXPECT_EQ(c.wait_for(lock, 0s), std::cv_status::timeout);
    EXPECT_FALSE(c.wait_for(lock, 2ms, [] { return false; }));
    EXPECT_FALSE(c.wait_until(lock, std::chrono::steady_clock::now() + 2ms, [] { return false; }));
    int asked = 0;
    EXPECT_TRUE(c.wait_for(lock, 2ms, [&] { return ++asked == 2; }));  // true when the time is over
    EXPECT_TRUE(c.wait_for(lock, -1s, [] { return true; }));
    EXPECT_TRUE(lock.owns_lock());
  };
  on_cores(body);
  body();  // in a plain thread
}

TEST(condition, a_timed_wait_that_is_notified_says_so) {
  on_cores([] {
    mn::mutex m;
    mn::condition c;
    for (int i = 0; i < 100; ++i) {
      bool go_on = false;
      std::unique_lock lock(m);
      mn::go([&] {
        std::unique_lock inner(m);
        go_on = true;
        c.notify_all();
      });
      if (i % 3 == 0) {
        EXPECT_EQ(c.wait_for(lock, std::chrono::hours::max()), std::cv_status::no_timeout);
      } else if (i % 3 == 1) {
        EXPECT_EQ(c.wait_until(lock, std::chrono::system_clock::now() + 1h), std::cv_status::no_timeout);
      } else {
        EXPECT_TRUE(c.wait_for(lock, 1h, [&] { return go_on; }));
      }
      EXPECT_TRUE(go_on);
    }
  });
}

// The notification comes about when the first waiter's time is over: it is that one's or the next one's, but not
// nobody's.
TEST(condition, a_notification_that_meets_a_wait_whose_time_is_over_goes_to_the_next) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  mn::runtime rt({.cores = 2});
  lots random(1);
  for (int i = 0; i < repeated(2000) && !testing::Test::HasFailure(); ++i) {
    mn::mutex m;
    mn::condition c;
    std::atomic<int> waiting{0};
    std::atomic<bool> first_has_it{false}, first_is_done{false}, second_has_it{false}, sent{false};
    const auto until = [](auto reached) {
      const auto patience = std::chrono::steady_clock::now() + 20s;
      while (!reached() && std::chrono::steady_clock::now() < patience) mn::yield();
      return reached();
    };
    const auto time_is_over = std::chrono::steady_clock::now() + 150us;
    const auto at = time_is_over - 20us + std::chrono::microseconds(random(80));
    std::thread notifier([&] {
      while (waiting < 2) std::this_thread::yield();
      { std::lock_guard hold(m); }  // whoever has counted itself waits by now
      while (std::chrono::steady_clock::now() < at) {
      }
      c.notify_one();
      sent = true;
    });
    rt.run([&] {
      mn::wait_group both;
      both.go([&] {
        std::unique_lock lock(m);
        ++waiting;
        first_has_it = c.wait_until(lock, time_is_over) == std::cv_status::no_timeout;
        first_is_done = true;
      });
      EXPECT_TRUE(until([&] { return waiting == 1; }));
      both.go([&] {
        std::unique_lock lock(m);
        ++waiting;
        c.wait(lock);
        second_has_it = true;
      });
      EXPECT_TRUE(until([&] { return sent && first_is_done; }));
      EXPECT_TRUE(first_has_it || until([&] { return second_has_it.load(); })) << "lost, in round " << i;
      c.notify_one();
      both.wait();
    });
    notifier.join();
  }
}

TEST(condition, a_wait_without_the_lock_is_a_named_error) {
  on_cores([] {
    mn::mutex m;
    mn::rw_mutex rw;
    mn::condition c;
    std::unique_lock lock(m, std::defer_lock);
    std::shared_lock shared(rw, std::defer_lock);
    std::unique_lock<mn::mutex> none;
    EXPECT_THROW(c.wait(lock), mn::wait_without_lock);
    EXPECT_THROW(c.wait(none), mn::wait_without_lock);
    EXPECT_THROW(c.wait(shared), mn::wait_without_lock);
    EXPECT_THROW(c.wait(lock, [] { return true; }), mn::wait_without_lock);
    EXPECT_THROW(c.wait_for(lock, 1ms), mn::wait_without_lock);
    EXPECT_THROW(c.wait_for(lock, 1ms, [] { return true; }), mn::wait_without_lock);
    EXPECT_THROW(c.wait_until(lock, std::chrono::steady_clock::now()), mn::wait_without_lock);
    EXPECT_THROW(c.wait_until(lock, std::chrono::steady_clock::now(), [] { return true; }), mn::wait_without_lock);
    EXPECT_THROW(c.wait(m), mn::unlock_of_unlocked_mutex);
    c.notify_all();  // none of them is left in the list
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

TEST(condition, a_notification_for_one_who_could_not_unlock_goes_to_another) {
  // The lock's unlock notifies, which finds its own caller waiting, and then fails.
  struct odd_lock {
    mn::condition* c;
    void lock() {}
    void unlock() {
      c->notify_one();
      throw std::runtime_error("odd");
    }
  };
  mn::runtime rt({.cores = 1});
  rt.run([] {
    mn::mutex m;
    mn::condition first, c;
    mn::wait_group wg;
    odd_lock odd{&c};
    struct slow_lock {
      mn::condition* c;
      mn::wait_group* wg;
      mn::mutex* m;
      void lock() {}
      void unlock() {
        wg->go([this] {
          std::unique_lock lock(*m);
          c->wait(lock);  // behind the one that is just unlocking
        });
        mn::yield();
        c->notify_one();
        throw std::runtime_error("odd");
      }
    } slow{&c, &wg, &m};
    EXPECT_THROW(c.wait(slow), std::runtime_error);
    wg.wait();
    EXPECT_THROW(c.wait(odd), std::runtime_error);
  });
}

TEST(condition, what_is_done_between_unlocking_and_parking_is_not_missed) {
  // A lock whose unlock gives way, notifies and waits for others: all happens while its owner is not parked yet.
  struct talkative_lock {
    mn::condition* c;
    void lock() { mn::yield(); }
    void unlock() {
      mn::yield();
      c->notify_one();
      mn::sleep_for(10us);
    }
  };
  const auto body = [] {
    mn::condition c;
    talkative_lock lock{&c};
    for (int i = 0; i < 100; ++i) {
      c.wait(lock);
      EXPECT_EQ(c.wait_for(lock, 1h), std::cv_status::no_timeout);
    }
  };
  on_cores(body);
  body();
}

TEST(condition, goes_with_other_locks) {
  on_cores([] {
    mn::rw_mutex rw;
    mn::condition c;
    int value = 0;
    mn::wait_group wg;
    for (int i = 0; i < 10; ++i) {
      wg.go([&] {
        std::shared_lock lock(rw);
        c.wait(lock, [&] { return value == 1; });
      });
    }
    wg.go([&] {
      rw.lock();
      while (value != 1) c.wait(rw);
      rw.unlock();
    });
    mn::sleep_for(1ms);
    {
      std::scoped_lock lock(rw);
      value = 1;
    }
    c.notify_all();
    wg.wait();
  });
}

TEST(condition, may_be_destroyed_when_all_are_notified) {
  on_cores([] {
    for (int i = 0; i < 300; ++i) {
      mn::mutex m;
      auto c = std::make_unique<mn::condition>();
      int waiting = 0;
      mn::wait_group wg;
      for (int k = 0; k < 3; ++k) {
        wg.go([&, c = c.get()] {
          std::unique_lock lock(m);
          ++waiting;
          (void)c->wait_for(lock, 1h);
        });
      }
      for (;;) {
        std::unique_lock lock(m);
        if (waiting == 3) break;
        lock.unlock();
        mn::yield();
      }
      c->notify_all();
      c.reset();
      wg.wait();
    }
  });
}

TEST(condition, a_bounded_queue_of_tasks_and_threads_loses_nothing) {
  on_each_number_of_cores([](unsigned cores) {
    constexpr int pairs = 12, each = 300;
    constexpr std::size_t capacity = 2;
    mn::mutex m;
    mn::condition has_room, has_value;
    std::deque<int> queue;
    std::vector<int> seen(pairs * each);
    std::atomic<int> timeouts{0};
    run_mixed(cores, 2 * pairs - 4, 4, [&](int who) {
      lots draw(who);
      for (int i = 0; i < each; ++i) {
        std::unique_lock lock(m);
        const auto wait = [&](mn::condition& c, auto predicate) {
          const unsigned way = draw(3);
          if (way == 0) {
            c.wait(lock, predicate);
          } else if (way == 1) {
            while (!predicate()) c.wait(lock);
          } else {
            while (!c.wait_for(lock, std::chrono::microseconds(draw(50)), predicate)) ++timeouts;
          }
        };
        if (who % 2 == 0) {
          wait(has_room, [&] { return queue.size() < capacity; });
          queue.push_back(who / 2 * each + i);
          if (draw(2) == 0) lock.unlock();
          has_value.notify_one();
        } else {
          wait(has_value, [&] { return !queue.empty(); });
          ++seen[static_cast<std::size_t>(queue.front())];
          queue.pop_front();
          if (draw(2) == 0) lock.unlock();
          has_room.notify_one();
        }
      }
    });
    for (int n : seen) ASSERT_EQ(n, 1);
    EXPECT_TRUE(queue.empty());
  });
}
