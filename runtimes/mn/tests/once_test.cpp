#include <atomic>
#include <stdexcept>
#include <vector>

#include "mixed.hpp"

using namespace std::chrono_literals;

TEST(once, calls_the_first_function_only_and_passes_arguments) {
  on_cores([] {
    mn::once o;
    int sum = 0;
    EXPECT_FALSE(o.is_done());
    o.call([&](int a, int b) { sum = a + b; }, 3, 4);
    EXPECT_TRUE(o.is_done());
    o.call([&] { sum = 0; });
    EXPECT_EQ(sum, 7);
  });
}

TEST(once, others_wait_until_the_function_has_returned) {
  on_cores([] {
    mn::once o;
    int value = 0;  // not atomic: call() is what orders it
    std::atomic<int> calls{0}, saw{0};
    mn::wait_group wg;
    for (int i = 0; i < 100; ++i) {
      wg.go([&] {
        o.call([&] {
          ++calls;
          mn::sleep_for(1ms);
          value = 42;
        });
        saw += value == 42;
      });
    }
    wg.wait();
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(saw, 100);
  });
}

TEST(once, an_exception_passes_on_and_the_one_who_waited_longest_tries_again) {
  mn::runtime rt({.cores = 1});
  rt.run([] {
    mn::once o;
    std::vector<int> order;
    std::atomic<int> caught{0};
    mn::wait_group wg;
    for (int i = 0; i < 5; ++i) {
      wg.go([&, i] {
        try {
          o.call([&] {
            order.push_back(i);
            mn::sleep_for(1ms);
            if (i < 2) throw std::runtime_error("not yet");
          });
        } catch (const std::runtime_error&) {
          ++caught;
        }
      });
      mn::yield();
    }
    wg.wait();
    EXPECT_EQ(order, (std::vector{0, 1, 2}));
    EXPECT_EQ(caught, 2);
    EXPECT_TRUE(o.is_done());
  });
}

TEST(once, can_be_tried_again_when_nobody_waited) {
  on_cores([] {
    mn::once o;
    EXPECT_THROW(o.call([] { throw std::runtime_error("not yet"); }), std::runtime_error);
    EXPECT_FALSE(o.is_done());
    bool called = false;
    o.call([&] { called = true; });
    EXPECT_TRUE(called);
  });
}

TEST(once, a_call_from_inside_is_a_named_error) {
  const auto inside = [] {
    mn::once o;
    bool refused = false;
    o.call([&] {
      mn::yield();  // perhaps on another thread afterwards
      mn::sleep_for(100us);
      try {
        o.call([] {});
      } catch (const mn::recursive_once_call&) {
        refused = true;
      }
    });
    EXPECT_TRUE(refused);
    EXPECT_TRUE(o.is_done());
    o.call([&] { o.call([] {}); });  // done: no call, no error
  };
  on_cores(inside);
  inside();  // and in a plain thread
}

TEST(once, tasks_and_threads_with_failures_run_one_at_a_time_and_succeed_once) {
  on_each_number_of_cores([](unsigned cores) {
    for (int round = 0; round < 30; ++round) {
      mn::once o;
      std::atomic<int> inside{0}, failed{0}, succeeded{0}, returned{0}, caught{0};
      int value = 0;
      run_mixed(cores, 20, 3, [&](int who) {
        lots draw(who + 100 * round);
        try {
          o.call([&] {
            ASSERT_EQ(++inside, 1);
            if (draw(2) == 0) mn::yield();
            const bool fails = draw(3) != 0;
            ++(fails ? failed : succeeded);
            if (!fails) value = 1;
            --inside;
            if (fails) throw std::runtime_error("not yet");
          });
          ASSERT_EQ(value, 1);
          ++returned;
        } catch (const std::runtime_error&) {
          ++caught;
        }
      });
      ASSERT_EQ(caught, failed);
      ASSERT_EQ(returned + caught, 23);
      ASSERT_EQ(succeeded, o.is_done() ? 1 : 0);
      ASSERT_TRUE(o.is_done() || failed == 23);
    }
  });
}
