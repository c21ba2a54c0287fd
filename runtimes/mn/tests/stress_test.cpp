// Many things at once, from a seed that is printed on failure (MN_SEED repeats one).
#include <atomic>
#include <chrono>
#include <random>
#include <vector>

#include "on_cores.hpp"
#include "seed.hpp"

using namespace std::chrono_literals;

TEST(stress, spawn_floods_from_many_tasks) {
  on_cores([] {
    std::atomic<int> ran{0};
    mn::wait_group wg;
    for (int i = 0; i < 20; ++i) {
      wg.go([&] {
        for (int k = 0; k < 1000; ++k) wg.go([&] { ++ran; });
      });
    }
    wg.wait();
    EXPECT_EQ(ran, 20'000);
  });
}

TEST(stress, a_random_network_of_tasks_delivers_every_value_once) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  on_cores([] {
    std::mt19937 random(seed());
    for (int round = 0; round < 10; ++round) {
      const std::size_t stages = 1 + random() % 4;
      const int values = 500;
      std::vector<mn::channel<int>> pipe;
      for (std::size_t s = 0; s <= stages; ++s) pipe.emplace_back(random() % 4);
      std::vector<mn::wait_group> done(stages);
      for (std::size_t s = 0; s < stages; ++s) {
        const int workers = 1 + static_cast<int>(random() % 5);
        for (int w = 0; w < workers; ++w) {
          done[s].go([&, s, way = random() % 3, noise = random()]() mutable {
            for (int v : pipe[s]) {
              noise = noise * 1664525 + 1013904223;
              if (noise >> 30 == 0) mn::yield();
              if (noise >> 24 == 0) mn::sleep_for(10us);
              if (way == 0) {
                pipe[s + 1].send(v);
              } else if (way == 1) {
                mn::select(mn::on_send(pipe[s + 1], v, [] {}));
              } else {
                for (bool sent = false; !sent;) {
                  mn::select(mn::on_send(pipe[s + 1], v, [&] { sent = true; }), mn::after(20us, [] {}));
                }
              }
            }
          });
        }
        mn::go([&, s] {
          done[s].wait();
          pipe[s + 1].close();
        });
      }
      mn::go([&] {
        for (int v = 0; v < values; ++v) pipe[0].send(v);
        pipe[0].close();
      });
      std::vector<int> seen(values);
      for (int v : pipe[stages]) ++seen[static_cast<std::size_t>(v)];
      for (int n : seen) ASSERT_EQ(n, 1);
    }
  });
}

// What a task that keeps its worker has handed off to is taken by its worker at the next choice, or by the
// monitor, which empties the slot for a worker that sleeps. They meet where the task gives way about when the monitor
// looks.
TEST(stress, a_task_that_was_handed_to_is_run_once_whoever_comes_for_it) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  std::mt19937 random(seed());
  std::atomic<bool> keeps{false};
  int taken_away = 0, next = 0;
  mn::runtime rt({.cores = 2});
  rt.run([&] {
    mn::channel<int> ch;
    mn::wait_group all;
    all.go([&, ch] {
      for (int v : ch) {
        EXPECT_EQ(v, next++);
        taken_away += keeps;
      }
    });
    for (int i = 0; i < 400; ++i) {
      ch.send(i);
      keeps = true;
      const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(500 + random() % 1500);
      while (std::chrono::steady_clock::now() < until) {
      }
      keeps = false;
      mn::yield();
    }
    ch.close();
    all.wait();
  });
  EXPECT_EQ(next, 400);
  EXPECT_GT(taken_away, 0);
}

TEST(stress, runtimes_start_and_end_in_quick_succession) {
  for (int i = 0; i < 200; ++i) {
    mn::runtime rt({.cores = 1u + static_cast<unsigned>(i) % 4});
    std::atomic<int> ran{0};
    rt.run([&] {
      for (int k = 0; k < 10; ++k) mn::go([&] { ++ran; });
    });
    ASSERT_EQ(ran, 10);
  }
}
