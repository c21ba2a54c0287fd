#include <cstring>
#include <vector>

#include "on_cores.hpp"
#include "os/os.hpp"
#include "stack_pool.hpp"

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
  mn::runtime rt({.cores = 1, .stack_bytes = 256 * 1024});
  rt.run([] { EXPECT_EQ(descend(200), 201); });
}

TEST(stack_death, an_overflow_hits_the_guard) {
  EXPECT_DEATH(
      {
        mn::runtime rt({.cores = 1, .stack_bytes = 16 * 1024});
        rt.run([] { descend(100'000); });
      },
      "");
}

TEST(stack, a_task_that_has_not_started_has_none) {
  mn::runtime rt({.cores = 1});
  rt.run([&] {
    for (int i = 0; i < 200; ++i) mn::go([] {});
    EXPECT_EQ(rt.stats().tasks_ended, 0u);
    EXPECT_EQ(rt.stats().stacks, 1u);  // the spawner's
  });
  EXPECT_LE(rt.stats().stacks, 3u);  // one task after the other ran on the same one
}

TEST(stack, a_flood_of_spawns_runs_in_between) {
  mn::runtime rt({.cores = 1});
  rt.run([&] {
    for (std::uint64_t i = 1; i <= 100'000; ++i) {
      mn::go([] {});
      const auto s = rt.stats();
      ASSERT_LE(s.tasks_started - s.tasks_ended, 1u + 256u) << "after " << i;
    }
  });
  EXPECT_LE(rt.stats().stacks, 3u);
}

TEST(stack, slots_are_recycled) {
  mn::runtime rt({.cores = 2});
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

TEST(stack_pool, gives_each_slot_once_and_guards_it) {
  mn::detail::stack_pool pool(64 * 1024);
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
  auto* s = mn::detail::stack_pool::as_free(tops[7]);
  s->next = nullptr;
  pool.release(s, s, 1);
  EXPECT_EQ(pool.acquire(), tops[7]);
}

TEST(stack_pool_death, a_guard_page_faults) {
  mn::detail::stack_pool pool(64 * 1024);
  auto* first = static_cast<std::byte*>(pool.acquire());
  EXPECT_DEATH(
      {
        for (auto* p = first - 1;; p -= 64) *reinterpret_cast<volatile char*>(p) = 1;
      },
      "");
}
