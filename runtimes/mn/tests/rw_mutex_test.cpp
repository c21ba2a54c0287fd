#include <algorithm>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "mixed.hpp"

using namespace std::chrono_literals;

TEST(rw_mutex, readers_share_and_writers_exclude) {
  on_cores([] {
    mn::rw_mutex m;
    ASSERT_TRUE(m.try_lock_shared());
    EXPECT_TRUE(m.try_lock_shared());
    EXPECT_FALSE(m.try_lock());
    m.unlock_shared();
    EXPECT_FALSE(m.try_lock());
    m.unlock_shared();
    ASSERT_TRUE(m.try_lock());
    EXPECT_FALSE(m.try_lock());
    EXPECT_FALSE(m.try_lock_shared());
    m.unlock();
    EXPECT_TRUE(m.try_lock_shared());
    m.unlock_shared();
  });
}

TEST(rw_mutex, works_with_the_standard_locks) {
  on_cores([] {
    mn::rw_mutex m;
    {
      std::shared_lock one(m);
      std::shared_lock two(m, std::try_to_lock);
      EXPECT_TRUE(two.owns_lock());
      EXPECT_FALSE(std::unique_lock(m, std::try_to_lock).owns_lock());
    }
    {
      std::unique_lock writer(m);
      EXPECT_FALSE(std::shared_lock(m, std::try_to_lock).owns_lock());
    }
    std::scoped_lock again(m);
  });
}

TEST(rw_mutex, misuse_is_a_named_error_and_changes_nothing) {
  mn::rw_mutex m;
  EXPECT_THROW(m.unlock(), mn::unlock_of_unlocked_rw_mutex);
  EXPECT_THROW(m.unlock_shared(), mn::unlock_shared_of_unshared_rw_mutex);
  m.lock_shared();
  EXPECT_THROW(m.unlock(), mn::unlock_of_unlocked_rw_mutex);
  EXPECT_FALSE(m.try_lock());
  m.unlock_shared();
  m.lock();
  EXPECT_THROW(m.unlock_shared(), mn::unlock_shared_of_unshared_rw_mutex);
  EXPECT_FALSE(m.try_lock_shared());
  m.unlock();
  EXPECT_TRUE(m.try_lock());
  m.unlock();
}

TEST(rw_mutex, misuse_while_others_wait_is_a_named_error_too) {
  mn::runtime rt({.cores = 1});
  rt.run([] {
    mn::rw_mutex m;
    mn::wait_group wg;
    m.lock_shared();
    wg.go([&] { std::scoped_lock hold(m); });
    mn::yield();  // it waits
    EXPECT_THROW(m.unlock(), mn::unlock_of_unlocked_rw_mutex);
    m.unlock_shared();
    wg.wait();
    m.lock();
    wg.go([&] { std::shared_lock hold(m); });
    mn::yield();
    EXPECT_THROW(m.unlock_shared(), mn::unlock_shared_of_unshared_rw_mutex);
    m.unlock();
    wg.wait();
  });
}

TEST(rw_mutex, a_writer_that_waits_keeps_new_readers_out) {
  mn::runtime rt({.cores = 1});
  rt.run([] {
    mn::rw_mutex m;
    std::string order;
    mn::wait_group wg;
    m.lock_shared();
    wg.go([&] {
      std::scoped_lock hold(m);
      order += 'w';
    });
    mn::yield();
    EXPECT_FALSE(m.try_lock_shared());
    wg.go([&] {
      std::shared_lock hold(m);
      order += 'r';
    });
    mn::yield();
    EXPECT_EQ(order, "");
    m.unlock_shared();
    wg.wait();
    EXPECT_EQ(order, "wr");
  });
}

TEST(rw_mutex, readers_that_waited_go_before_the_next_writer_and_all_at_once) {
  mn::runtime rt({.cores = 1});
  rt.run([&] {
    mn::rw_mutex m;
    notes<char> order;  // readers share the lock
    mn::wait_group wg;
    mn::channel<int> gate;
    std::uint64_t waiting = 0;
    const auto until_it_waits = [&] {
      for (++waiting; rt.stats().tasks_parked < waiting;) mn::yield();
    };
    const auto writer = [&](char name) {
      wg.go([&, name] {
        std::scoped_lock hold(m);
        order.add(name);
      });
      until_it_waits();
    };
    const auto reader = [&](char name) {
      wg.go([&, name] {
        std::shared_lock hold(m);
        order.add(name);
        (void)gate.recv();  // all are in before one leaves
      });
      until_it_waits();
    };
    m.lock();
    writer('A');
    reader('1');
    writer('B');
    reader('2');
    reader('3');
    m.unlock();
    while (order.all().size() < 3) mn::yield();
    // Those who have the lock together run in any order; writers have it one after the other.
    EXPECT_TRUE((std::ranges::is_permutation(order.all(), std::vector{'1', '2', '3'})));
    EXPECT_FALSE(m.try_lock_shared());  // A waits
    gate.close();
    wg.wait();
    const auto all = order.all();
    EXPECT_EQ((std::vector(all.begin() + 3, all.end())), (std::vector{'A', 'B'}));
  });
}

TEST(rw_mutex, neither_side_starves_while_the_other_keeps_coming) {
  on_cores([] {
    mn::rw_mutex m;
    std::atomic<bool> stop{false};
    mn::wait_group crowd, one;
    for (int i = 0; i < 4; ++i) {
      crowd.go([&] {
        while (!stop) {
          std::shared_lock hold(m);
          mn::yield();  // so that readers overlap
        }
      });
    }
    one.go([&] {
      for (int i = 0; i < 100; ++i) std::scoped_lock hold(m);
    });
    one.wait();
    stop = true;
    crowd.wait();
    stop = false;
    for (int i = 0; i < 4; ++i) {
      crowd.go([&] {
        while (!stop) {
          std::scoped_lock hold(m);
          mn::yield();
        }
      });
    }
    one.go([&] {
      for (int i = 0; i < 100; ++i) std::shared_lock hold(m);
    });
    one.wait();
    stop = true;
    crowd.wait();
  });
}

TEST(rw_mutex, many_readers_and_writers_in_tasks_and_threads_see_whole_values) {
  on_each_number_of_cores([](unsigned cores) {
    constexpr int each = 300;
    mn::rw_mutex m;
    long a = 0, b = 0;  // equal, wherever the mutex is held
    std::atomic<int> writes{0}, readers{0}, most_readers{0};
    run_mixed(cores, 30, 3, [&](int who) {
      lots draw(who);
      for (int i = 0; i < each; ++i) {
        if (draw(4) == 0) {
          if (draw(8) != 0) {
            m.lock();
          } else if (!m.try_lock()) {
            continue;
          }
          ASSERT_EQ(a, b);
          ASSERT_EQ(readers, 0);
          ++a;
          if (draw(8) == 0) mn::yield();
          ++b;
          ++writes;
          m.unlock();
        } else {
          if (draw(8) != 0) {
            m.lock_shared();
          } else if (!m.try_lock_shared()) {
            continue;
          }
          const int now = ++readers;
          for (int most = most_readers; now > most && !most_readers.compare_exchange_weak(most, now);) {
          }
          const long seen = a;
          if (draw(8) == 0) mn::yield();
          ASSERT_EQ(a, seen);
          ASSERT_EQ(b, seen);
          --readers;
          m.unlock_shared();
        }
      }
    });
    EXPECT_EQ(a, writes);
    EXPECT_EQ(b, writes);
    EXPECT_GT(most_readers, 1);
    EXPECT_TRUE(m.try_lock());  // nobody is left in it
    m.unlock();
  });
}
