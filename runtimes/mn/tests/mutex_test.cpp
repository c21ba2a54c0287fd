#include <mutex>
#include <thread>
#include <vector>

#include "on_cores.hpp"

TEST(mutex, excludes) {
  on_cores([] {
    mn::mutex m;
    long counter = 0;  // not atomic: the mutex is what protects it
    mn::wait_group wg;
    for (int i = 0; i < 50; ++i) {
      wg.go([&] {
        for (int k = 0; k < 200; ++k) {
          std::lock_guard hold(m);
          const long seen = counter;
          if (k % 16 == 0) mn::yield();  // a switch while the mutex is held
          counter = seen + 1;
        }
      });
    }
    wg.wait();
    EXPECT_EQ(counter, 50 * 200);
  });
}

TEST(mutex, try_lock_fails_while_it_is_held) {
  on_cores([] {
    mn::mutex m;
    EXPECT_TRUE(m.try_lock());
    EXPECT_FALSE(m.try_lock());
    m.unlock();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

TEST(mutex, unlocking_a_free_one_is_an_error) {
  mn::mutex m;
  EXPECT_THROW(m.unlock(), mn::unlock_of_unlocked_mutex);
}

TEST(mutex, goes_to_those_who_blocked_in_their_order) {
  mn::runtime rt({.cores = 1});
  rt.run([] {
    mn::mutex m;
    std::vector<int> order;
    mn::wait_group wg;
    m.lock();
    for (int i = 0; i < 5; ++i) {
      wg.go([&, i] {
        std::lock_guard hold(m);
        order.push_back(i);
      });
      mn::yield();  // it runs, and blocks
    }
    m.unlock();
    wg.wait();
    EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
  });
}

TEST(mutex, is_shared_with_plain_threads) {
  mn::runtime rt({.cores = 2});
  mn::mutex m;
  long counter = 0;
  const auto work = [&] {
    for (int k = 0; k < 5000; ++k) {
      std::lock_guard hold(m);
      ++counter;
    }
  };
  std::thread plain(work);
  rt.run([&] {
    mn::go(work);
    mn::go(work);
  });
  plain.join();
  EXPECT_EQ(counter, 15'000);
}
