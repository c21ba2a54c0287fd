#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "mixed.hpp"

using namespace std::chrono_literals;

TEST(spawn, join_returns_what_the_function_returned) {
  on_cores([] {
    EXPECT_EQ(mn::spawn([] { return 42; }).join(), 42);
    EXPECT_EQ(mn::spawn([] { return std::string(1000, 'x'); }).join().size(), 1000u);
    EXPECT_EQ(*mn::spawn([p = std::make_unique<int>(5)]() mutable { return std::move(p); }).join(), 5);
    int there = 1;
    int& same = mn::spawn([&]() -> int& { return there; }).join();
    EXPECT_EQ(&same, &there);
    static_assert(std::is_void_v<decltype(mn::spawn([] {}).join())>);
    mn::spawn([&] { there = 2; }).join();
    EXPECT_EQ(there, 2);
    struct no_default {
      explicit no_default(int v) : value(v) {}
      int value;
    };
    EXPECT_EQ(mn::spawn([] { return no_default(3); }).join().value, 3);
  });
}

TEST(spawn, join_blocks_until_the_task_has_ended) {
  on_cores([] {
    auto h = mn::spawn([] {
      mn::sleep_for(2ms);
      return 1;
    });
    EXPECT_TRUE(h.joinable());
    EXPECT_FALSE(h.ready());
    EXPECT_EQ(h.join(), 1);
    auto other = mn::spawn([] { return 2; });
    while (!other.ready()) mn::yield();
    EXPECT_EQ(other.join(), 2);
  });
}

TEST(spawn, join_throws_what_the_function_threw) {
  on_cores([] {
    auto h = mn::spawn([]() -> int { throw std::runtime_error("went wrong"); });
    try {
      h.join();
      FAIL();
    } catch (const std::runtime_error& e) {
      EXPECT_STREQ(e.what(), "went wrong");
    }
    EXPECT_FALSE(h.joinable());
    EXPECT_THROW(mn::spawn([] { throw 7; }).join(), int);
  });
}

TEST(spawn, the_function_is_destroyed_before_join_returns) {
  on_cores([] {
    for (int i = 0; i < 200; ++i) {
      auto held = std::make_shared<int>(0);
      auto h = mn::spawn([held] {});
      h.join();
      ASSERT_EQ(held.use_count(), 1);
    }
  });
}

TEST(spawn, misuse_is_a_named_error) {
  on_cores([] {
    auto h = mn::spawn([] {});
    h.join();
    EXPECT_THROW(h.join(), mn::join_without_task);
    EXPECT_THROW(h.detach(), mn::join_without_task);
    EXPECT_THROW((void)h.ready(), mn::join_without_task);
    auto from = mn::spawn([] { return 1; });
    auto to = std::move(from);
    // NOLINTNEXTLINE(bugprone-use-after-move,clang-analyzer-cplusplus.Move): that is what is tested
    EXPECT_THROW(from.join(), mn::join_without_task);
    EXPECT_EQ(to.join(), 1);
    EXPECT_THROW(mn::join_handle<void>().join(), mn::join_without_task);
    mn::join_handle<void> itself;
    mn::channel<int> set(1);
    itself = mn::spawn([&, set] {
      (void)set.recv();
      EXPECT_THROW(itself.join(), mn::join_of_itself);
      EXPECT_TRUE(itself.joinable());
    });
    set.send(1);
    while (!itself.ready()) mn::yield();
    itself.join();
  });
  EXPECT_THROW((void)mn::spawn([] {}), mn::not_in_a_task);
}

TEST(spawn, a_handle_that_goes_detaches) {
  on_cores([] {
    std::atomic<int> ran{0};
    auto result = std::make_shared<int>(0);
    for (int i = 0; i < 100; ++i) {
      {
        auto h = mn::spawn([&ran, i] {
          if (i % 2) mn::yield();
          ++ran;
        });
        if (i % 3 == 0) mn::yield();
        if (i % 3 == 1) h.detach();
      }
      auto with_result = mn::spawn([result] { return result; });
      with_result = mn::spawn([result] { return result; });
      if (i % 2) with_result = {};
    }
    while (ran < 100 || result.use_count() > 1) mn::yield();  // results that nobody wants are destroyed
  });
}

TEST(spawn_death, an_exception_that_nobody_joins_ends_the_program_and_says_where_the_task_was_spawned) {
  const auto run = [](auto f) {
    mn::runtime rt({.cores = 1});
    rt.run(f);
  };
  constexpr auto message =
      "mn: an exception left the task spawned at .*spawn_test.cpp:[0-9]+, and nobody joins it: bad";
  const auto bad = [] { throw std::runtime_error("bad"); };
  EXPECT_DEATH(run([&] { mn::spawn(bad).detach(); }), message);  // before it throws
  EXPECT_DEATH(run([&] {
                 auto h = mn::spawn(bad);
                 while (!h.ready()) mn::yield();
               }),
               message);  // after it has thrown
  EXPECT_DEATH(run([&] {
                 auto h = mn::spawn(bad);
                 h = {};
                 mn::yield();
               }),
               message);
}

TEST(spawn, a_handle_that_goes_because_of_an_exception_drops_the_exception_of_its_task) {
  on_cores([] {
    for (int i = 0; i < 20; ++i) {
      const auto fail = [] { throw std::runtime_error("the first"); };
      try {
        auto early = mn::spawn([] { throw std::runtime_error("a second"); });
        auto late = mn::spawn([] {
          mn::sleep_for(100us);
          throw std::runtime_error("a third");
        });
        if (i % 2) mn::yield();
        mn::spawn(fail).join();
        FAIL();
      } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "the first");
      }
    }
    mn::sleep_for(1ms);
  });
}

TEST(spawn, plain_threads_spawn_through_the_runtime_and_join_also_when_it_is_gone) {
  for (unsigned cores : {1u, 2u, 4u}) {
    mn::join_handle<int> kept, thrown;
    {
      mn::runtime rt({.cores = cores});
      for (int i = 0; i < 300; ++i) {
        auto h = rt.spawn([i] {
          if (i % 2) mn::yield();
          if (i % 3 == 0) mn::sleep_for(10us);
          return i;
        });
        ASSERT_EQ(h.join(), i);
      }
      EXPECT_THROW(rt.spawn([] { throw std::runtime_error("went wrong"); }).join(), std::runtime_error);
      kept = rt.spawn([] { return 8; });
      thrown = rt.spawn([]() -> int { throw std::runtime_error("went wrong"); });
    }
    EXPECT_TRUE(kept.ready());
    EXPECT_EQ(kept.join(), 8);
    EXPECT_THROW(thrown.join(), std::runtime_error);
  }
}

TEST(spawn, a_tree_of_tasks_adds_up) {
  on_cores([] {
    struct tree {
      static long sum(long from, int depth) {
        if (depth == 0) return from;
        auto left = mn::spawn([=] { return sum(2 * from, depth - 1); });
        auto right = mn::spawn([=] { return sum(2 * from + 1, depth - 1); });
        return left.join() + right.join();
      }
    };
    constexpr int depth = scaled(10'000) == 10'000 ? 12 : 7;
    constexpr long leaves = 1L << depth;
    EXPECT_EQ(tree::sum(1, depth), leaves * leaves + leaves * (leaves - 1) / 2);
  });
}

TEST(spawn, handles_are_joined_dropped_and_passed_on_by_tasks_and_threads) {
  on_each_number_of_cores([](unsigned cores) {
    constexpr int spawners = 10, joiners = 10, each = 200;
    auto alive = std::make_shared<int>(0);  // every result and every function holds it
    std::atomic<int> joined{0}, thrown{0}, dropped{0}, ran{0};
    using handle = mn::join_handle<std::shared_ptr<int>>;
    mn::channel<std::shared_ptr<handle>> handles(4);
    std::atomic<int> spawning{spawners};
    run_mixed(cores, spawners + joiners - 3, 3, [&](int who) {
      lots draw(who);
      if (who < spawners) {
        for (int i = 0; i < each; ++i) {
          const unsigned way = draw(8);
          auto h = mn::spawn([&, way, alive] {
            if (way & 1) mn::yield();
            ++ran;
            if (way >= 6) throw std::runtime_error("as expected");
            return alive;
          });
          if (way == 0) {
            ++dropped;
          } else {
            handles.send(std::make_shared<handle>(std::move(h)));
          }
        }
        if (--spawning == 0) handles.close();
      } else {
        for (const auto& h : handles) {
          try {
            ASSERT_EQ(h->join(), alive);
            ++joined;
          } catch (const std::runtime_error&) {
            ++thrown;
          }
        }
      }
    });
    EXPECT_EQ(ran, spawners * each);
    EXPECT_EQ(joined + thrown + dropped, spawners * each);
    EXPECT_GT(thrown, 0);
    EXPECT_EQ(alive.use_count(), 1);
  });
}
