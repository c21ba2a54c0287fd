#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include "on_cores.hpp"
#include "os/os.hpp"
#include "stack_pool.hpp"

using namespace std::chrono_literals;

namespace {

// Uses about 1 KiB of stack a level; the barrier keeps the compiler from making a loop of it.
[[gnu::noinline]] int descend(int depth) {
  char frame[1024];
  frame[0] = static_cast<char>(depth);
  asm volatile("" : : "r"(frame) : "memory");
  const int below = depth == 0 ? 0 : descend(depth - 1);
  asm volatile("" : : "r"(frame) : "memory");
  return below + 1;
}

}  // namespace

TEST(stack, a_task_may_use_nearly_all_of_its_stack) {
#if defined(MN_ASAN)
  constexpr int levels = 150;  // with its red zones a frame is larger
#else
  constexpr int levels = 200;
#endif
  mn::runtime rt({.cores = 1, .stack_bytes = 256 * 1024});
  rt.run([] { EXPECT_EQ(descend(levels), levels + 1); });
}

TEST(stack_death, an_overflow_hits_the_guard) {
  EXPECT_DEATH(
      {
        mn::runtime rt({.cores = 1, .stack_bytes = 16 * 1024});
        rt.run([] { descend(100'000); });
      },
      "");
}

// Without spare threads: on a loaded machine a worker may be replaced, and then more tasks run at the same time.
TEST(stack, a_task_that_has_not_started_has_none) {
  mn::runtime rt({.cores = 1, .spare_threads = 0});
  rt.run([&] {
    for (int i = 0; i < 200; ++i) mn::go([] {});
    EXPECT_EQ(rt.stats().tasks_ended, 0u);
    EXPECT_EQ(rt.stats().stacks, 1u);  // the spawner's
  });
  EXPECT_LE(rt.stats().stacks, 3u);  // one task after the other ran on the same one
}

TEST(stack, a_flood_of_spawns_runs_in_between) {
  // Where its worker gets no CPU for long the monitor moves the queue, and for a while there may be more: a run that is
  // not disturbed has to keep to it.
  constexpr int attempts = 20;
  std::uint64_t most = 0, stacks = 0;
  for (int i = 0; i < attempts; ++i) {
    mn::runtime rt({.cores = 1, .spare_threads = 0});
    std::atomic<std::uint64_t> ended{0};
    most = 0;
    rt.run([&] {
      for (std::uint64_t started = 1; started <= std::uint64_t{scaled(100'000)}; ++started) {
        mn::go([&] { ++ended; });
        most = std::max(most, started - ended);
      }
    });
    stacks = rt.stats().stacks;
    if (most <= 256 && stacks <= 3) return;
  }
  FAIL() << most << " at a time, " << stacks << " stacks";
}

TEST(stack, slots_are_recycled) {
  mn::runtime rt({.cores = 2, .spare_threads = 0});
  const auto round = [&] {
    rt.run([] {
      mn::channel<int> gate;
      mn::wait_group wg;
      for (int i = 0; i < 500; ++i) wg.go([=] { (void)gate.recv(); });
      for (int i = 0; i < 10; ++i) mn::yield();
      gate.close();
      wg.wait();
    });
  };
  for (int i = 0; i < 20; ++i) round();
  EXPECT_LE(rt.stats().stacks, 600u);
}

#if !defined(MN_TSAN) && !defined(MN_ASAN)  // under a sanitizer stacks are not trimmed

TEST(stack, of_a_parked_task_shrinks) {
  mn::runtime rt({.cores = 1, .stack_bytes = 1024 * 1024, .trim_stacks_after = 20ms});
  rt.run([&] {
    mn::channel<int> go_on;
    mn::wait_group ended;
    ended.go([=] {
      descend(500);  // about half a megabyte
      (void)go_on.recv();
      EXPECT_EQ(descend(500), 501);  // and it grows again
    });
    while (rt.stats().trimmed_stack_bytes < 450 * 1024) mn::sleep_for(10ms);
    go_on.close();
    ended.wait();
  });
}

TEST(stack, of_a_parked_task_shrinks_while_all_is_idle) {
  mn::runtime rt({.cores = 1, .stack_bytes = 1024 * 1024, .trim_stacks_after = 20ms});
  mn::channel<int> go_on;
  rt.go([=] {
    descend(500);
    (void)go_on.recv();
  });
  while (rt.stats().trimmed_stack_bytes < 450 * 1024) std::this_thread::sleep_for(10ms);
  go_on.close();
}

TEST(stack, memory_of_stacks_that_nobody_needs_goes_back) {
  mn::runtime rt({.cores = 1, .trim_stacks_after = 20ms});
  constexpr int tasks = 2000;
  const auto resident = [] {
    std::ifstream statm("/proc/self/statm");
    long all = 0, in_memory = 0;
    statm >> all >> in_memory;
    return in_memory * 4;  // KiB, or more where pages are larger
  };
  const long before = resident();
  mn::channel<int> gate;
  for (int i = 0; i < tasks; ++i) {
    rt.go([=] {
      descend(20);
      (void)gate.recv();
    });
  }
  while (rt.stats().stacks < tasks) std::this_thread::sleep_for(1ms);
  gate.close();
  while (resident() > before + tasks * 2) std::this_thread::sleep_for(10ms);
  // Those that were given back serve again.
  std::atomic<int> ran{0};
  rt.run([&] {
    for (int i = 0; i < tasks; ++i) {
      mn::go([&] {
        mn::yield();
        ran += descend(10);
      });
    }
  });
  EXPECT_EQ(ran, tasks * 11);
}

// Tasks wake up about when their stacks are being trimmed: what lies on them must survive.
TEST(stress, of_trimmed_stacks_nothing_in_use_is_lost) {
  for (unsigned cores : {1u, 2u, 4u}) {
    mn::runtime rt({.cores = cores, .trim_stacks_after = 2ms});
    rt.run([&] {
      mn::wait_group wg;
      for (int n = 0; n < 100; ++n) {
        wg.go([n] {
          for (int i = 0; i < 60; ++i) {
            descend(60);
            unsigned char kept[600];
            std::memset(kept, n + i, sizeof kept);
            asm volatile("" : : "r"(kept) : "memory");
            mn::sleep_for(std::chrono::microseconds(500 * ((n * 7 + i) % 12)));
            for (unsigned char c : kept) ASSERT_EQ(c, static_cast<unsigned char>(n + i));
          }
        });
      }
      wg.wait();
    });
    EXPECT_GT(rt.stats().trimmed_stack_bytes, 0u);
  }
}

#endif

TEST(stack_pool, gives_each_slot_once_and_guards_it) {
  mn::detail::stack_pool pool(64 * 1024, 16 * 1024);
  std::vector<void*> tops;
  for (int i = 0; i < 5000; ++i) {
    void* top = pool.acquire();
    ASSERT_NE(top, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(top) % 16, 0u);
    std::memset(static_cast<std::byte*>(top) - 64, i & 0xff, 64);
    tops.push_back(top);
  }
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(static_cast<unsigned char*>(tops[static_cast<std::size_t>(i)])[-1], i & 0xff);
  }
  EXPECT_EQ(pool.cut(), 5000u);
  EXPECT_EQ(pool.unguarded(), 0u);
  auto& s = mn::detail::stack_pool::head_of(tops[7]);
  s.next = nullptr;
  pool.release(&s, &s, 1);
  EXPECT_EQ(pool.acquire(), tops[7]);
}

TEST(stack_pool, every_page_of_every_guard_faults_and_none_above_it) {
  const auto faults = [](std::uintptr_t at) {
    return access(reinterpret_cast<const char*>(at), F_OK) != 0 && errno == EFAULT;  // the system reads a path there
  };
  const std::size_t page = mn::os::page_bytes();
  for (const std::size_t guard_bytes : {page, 4 * page}) {
    mn::detail::stack_pool pool(16 * page, guard_bytes);
    for (int i = 0; i < 40; ++i) {  // more than there are different offsets of tops
      const void* top = pool.acquire();
      const auto guard = pool.guard_below(top);
      ASSERT_EQ(guard.bytes, guard_bytes);
      for (std::size_t at = 0; at < guard.bytes; at += page) ASSERT_TRUE(faults(guard.lowest + at)) << i;
      ASSERT_FALSE(faults(guard.lowest + guard.bytes)) << i;
      ASSERT_GE(reinterpret_cast<std::uintptr_t>(top) - pool.usable_bytes(), guard.lowest + guard.bytes);
    }
  }
}

TEST(stack_pool_death, a_guard_page_faults) {
  mn::detail::stack_pool pool(64 * 1024, 16 * 1024);
  auto* first = static_cast<std::byte*>(pool.acquire());
  EXPECT_DEATH(
      {
        for (auto* p = first - 1;; p -= 64) *reinterpret_cast<volatile char*>(p) = 1;
      },
      "");
}
