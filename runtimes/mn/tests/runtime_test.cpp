#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "mixed.hpp"

using namespace std::chrono_literals;

TEST(runtime, run_returns_when_every_task_has_ended) {
  for (unsigned cores : {1u, 2u, 4u}) {
    mn::runtime rt({.cores = cores});
    std::atomic<int> ended{0};
    for (int round = 1; round <= 50; ++round) {
      rt.run([&] {
        mn::go([&] {
          mn::yield();
          mn::go([&] { ++ended; });
        });
      });
      ASSERT_EQ(ended, round);
    }
  }
}

TEST(runtime, an_exception_of_the_root_task_is_thrown_by_run) {
  mn::runtime rt({.cores = 2});
  std::atomic<bool> other_ended{false};
  EXPECT_THROW(rt.run([&] {
    mn::go([&] {
      mn::sleep_for(2ms);
      other_ended = true;
    });
    throw std::runtime_error("root");
  }),
               std::runtime_error);
  EXPECT_TRUE(other_ended);
}

TEST(runtime_death, an_exception_of_another_task_ends_the_program_and_says_where_the_task_was_spawned) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // other tests may have left threads
  EXPECT_DEATH(
      {
        mn::runtime rt({.cores = 1});
        rt.run([] { mn::go([] { throw std::runtime_error("went wrong"); }); });
      },
      "mn: an exception left the task spawned at .*runtime_test.cpp:[0-9]+: went wrong");
}

TEST(runtime, misuse_is_a_named_error) {
  EXPECT_THROW(mn::go([] {}), mn::not_in_a_task);
  EXPECT_THROW(mn::runtime({.stack_bytes = 100}), mn::bad_option);
  EXPECT_THROW(mn::runtime({.cores = 1'000'000}), mn::bad_option);
  EXPECT_THROW(mn::runtime({.stack_bytes = 64 * 1024, .guard_bytes = 40 * 1024}), mn::bad_option);
  const char* chaos = std::getenv("MN_CHAOS");
  const std::string before = chaos ? chaos : "";
  for (const char* wrong : {"seven", "7x", "-1", "18446744073709551616"}) {
    setenv("MN_CHAOS", wrong, 1);
    EXPECT_THROW(mn::runtime({.cores = 1}), mn::bad_option) << wrong;
  }
  setenv("MN_CHAOS", before.c_str(), 1);  // empty: none
}

TEST(runtime, one_started_inside_another_works_but_a_task_cannot_wait_for_it) {
  mn::runtime rt({.cores = 1});
  std::atomic<int> ran{0};
  rt.run([&] {
    EXPECT_THROW(rt.run([] {}), mn::inside_a_task);
    mn::runtime inner({.cores = 1});
    EXPECT_THROW(inner.run([] {}), mn::inside_a_task);
    inner.go([&] {
      mn::yield();
      ++ran;
    });
    mn::go([&] { ++ran; });  // in the runtime that the caller is in
  });
  EXPECT_EQ(ran, 2);
}

TEST(runtime, cores_0_means_as_many_as_this_thread_may_use) {
  mn::runtime rt;
  EXPECT_GE(rt.cores(), 1u);
  EXPECT_LE(rt.cores(), std::thread::hardware_concurrency());
}

TEST(runtime, a_task_can_be_started_from_any_thread) {
  mn::runtime rt({.cores = 2});
  std::atomic<int> ran{0};
  rt.run([&] {
    std::thread plain([&] {
      for (int i = 0; i < 100; ++i) rt.go([&] { ++ran; });
    });
    plain.join();
  });
  EXPECT_EQ(ran, 100);
}

TEST(runtime, the_destructor_waits_for_tasks_started_from_outside) {
  std::atomic<bool> ended{false};
  {
    mn::runtime rt({.cores = 1});
    rt.go([&] {
      mn::sleep_for(5ms);
      ended = true;
    });
  }
  EXPECT_TRUE(ended);
}

TEST(runtime, a_task_that_never_yields_does_not_hold_the_others_up) {
  mn::runtime rt({.cores = 2});
  std::atomic<bool> others_done{false};
  rt.run([&] {
    mn::wait_group wg;
    for (int i = 0; i < 100; ++i) wg.go([] { mn::yield(); });
    mn::go([&] {
      while (!others_done) {  // never gives way: only another worker can end it
      }
    });
    wg.wait();
    others_done = true;
  });
}

TEST(runtime, large_and_small_closures_run_and_are_destroyed) {
  on_cores([] {
    auto held = std::make_shared<int>(0);
    struct big {
      char bytes[1000] = {};
    };
    mn::wait_group wg;
    for (int i = 0; i < 10; ++i) {
      wg.go([held, b = big{}] { (void)b; });
      wg.go([held] {});
    }
    wg.wait();
    while (held.use_count() > 1) mn::yield();  // done() comes before the closure is destroyed
  });
}

TEST(runtime, ten_thousand_tasks_on_few_threads_move_between_workers) {
  constexpr int tasks = scaled(10'000);
  mn::runtime rt({.cores = 4});
  std::atomic<long> sum{0};
  rt.run([&] {
    for (int i = 0; i < tasks; ++i) {
      mn::go([&, i] {
        for (int k = 0; k < 3; ++k) mn::yield();
        sum += i;
      });
    }
  });
  EXPECT_EQ(sum, (tasks - 1L) * tasks / 2);
}

TEST(runtime, two_runtimes_share_a_channel) {
  mn::runtime a({.cores = 1}), b({.cores = 1});
  mn::channel<int> ch;
  std::thread other([&] {
    b.run([&] {
      for (int i = 0; i < 1000; ++i) ch.send(i);
      ch.close();
    });
  });
  int expected = 0;
  a.run([&] {
    for (int v : ch) EXPECT_EQ(v, expected++);
  });
  other.join();
  EXPECT_EQ(expected, 1000);
}

// Each task is started about when the only worker falls asleep after the one before.
TEST(runtime, a_task_from_outside_is_not_missed_by_a_worker_that_falls_asleep) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  mn::runtime rt({.cores = 1, .spare_threads = 0});
  lots random(1);
  std::atomic<int> ran{0};
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  for (int started = 0; std::chrono::steady_clock::now() < end;) {
    const auto at = std::chrono::steady_clock::now() + std::chrono::nanoseconds(random(60'000));
    while (std::chrono::steady_clock::now() < at) {
    }
    rt.go([&] { ++ran; });
    ++started;
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (ran < started && std::chrono::steady_clock::now() < patience) {
    }
    ASSERT_EQ(ran, started) << "a task lies in the queue and nobody looks";
  }
}
