// Large trees of contexts, and races of cancelling, deadlines and dropping; from a seed that is printed on failure
// (MN_SEED repeats one).
#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "cancel_node.hpp"
#include "on_cores.hpp"
#include "seed.hpp"

using namespace std::chrono_literals;
using mn::context;
using mn::context_error;

namespace {

const mn::context_key<std::shared_ptr<int>> witness;

}  // namespace

TEST(context_stress, a_chain_of_a_hundred_thousand_is_cancelled_and_destroyed_on_a_small_stack) {
  mn::runtime rt({.cores = 1, .stack_bytes = 32 * 1024});
  rt.run([] {
    auto [root, cancel] = mn::with_cancel(context::background());
    context last = root;
    for (int i = 0; i < 100'000; ++i) {
      last = i % 3 == 0 ? mn::with_value(last, witness, nullptr) : mn::with_cancel(last).ctx;
    }
    cancel();
    EXPECT_EQ(last.error(), context_error::cancelled);
  });
}

TEST(context_stress, a_chain_of_a_hundred_thousand_is_dropped_without_being_cancelled) {
  mn::runtime rt({.cores = 1, .stack_bytes = 32 * 1024});
  rt.run([] {
    auto held = std::make_shared<int>();
    {
      context last = mn::with_value(context::background(), witness, held);
      for (int i = 0; i < 100'000; ++i) last = mn::with_cancel(last).ctx;
    }
    EXPECT_EQ(held.use_count(), 1);
  });
}

TEST(context_stress, a_tree_of_a_hundred_thousand_is_cancelled_as_a_whole) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  on_cores([] {
    std::mt19937 random(seed());
    auto [root, cancel] = mn::with_cancel(context::background());
    std::vector<context> all{root};
    for (int i = 0; i < 100'000; ++i) {
      const auto& parent = all[random() % 4 == 0 ? all.size() - 1 : random() % all.size()];
      all.push_back(random() % 8 == 0 ? mn::with_timeout(parent, 1h).ctx : mn::with_cancel(parent).ctx);
    }
    std::atomic<int> woken{0};
    mn::wait_group wg;
    constexpr int waiting = scaled(1000);
    for (int i = 0; i < waiting; ++i) {
      wg.go([&, ctx = all[random() % all.size()]] {
        EXPECT_FALSE(ctx.done().recv());
        ++woken;
      });
    }
    mn::sleep_for(1ms);
    cancel();
    for (const auto& ctx : all) ASSERT_EQ(ctx.error(), context_error::cancelled);
    wg.wait();
    EXPECT_EQ(woken, waiting);
    EXPECT_EQ(root.node()->nearest()->children(), 0u);
  });
}

TEST(context_stress, cancel_timeout_and_drop_race_and_the_first_holds) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  on_cores([] {
    std::mt19937 random(seed());
    for (int round = 0; round < repeated(300); ++round) {
      auto held = std::make_shared<int>();
      mn::wait_group wg;
      {
        auto [root, cancel_root] = mn::with_cancel(mn::with_value(context::background(), witness, held));
        for (int i = 0; i < 6; ++i) {
          const auto d = std::chrono::nanoseconds(random() % 50'000);
          wg.go([&, root = root, d, salt = random()] {
            auto [ctx, cancel] = mn::with_timeout(root, d);
            const auto child = salt % 2 == 0 ? mn::with_cancel(ctx).ctx : mn::with_timeout(ctx, d / 2).ctx;
            if (salt % 4 < 2) {
              wg.go([cancel = cancel, salt] {
                if (salt % 3 == 0) mn::sleep_for(std::chrono::nanoseconds(salt % 50'000));
                cancel();
              });
            }
            if (salt % 5 == 0) return;  // dropped as it is
            EXPECT_FALSE(child.done().recv());
            const auto first = child.error();
            EXPECT_NE(first, context_error::none);
            mn::yield();
            EXPECT_EQ(child.error(), first);
          });
        }
        if (round % 3 == 0) {
          wg.go([cancel_root = cancel_root, d = random() % 50'000] {
            mn::sleep_for(std::chrono::nanoseconds(d));
            cancel_root();
          });
        }
      }
      wg.wait();
      while (held.use_count() != 1) mn::yield();  // whoever told the deadline may still be letting go
    }
  });
}

TEST(context_stress, many_cancel_the_same_tree_from_all_sides_while_it_grows) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  on_cores([] {
    for (int round = 0; round < repeated(100); ++round) {
      auto [root, cancel] = mn::with_cancel(context::background());
      std::atomic<int> called{0}, expected{0};
      mn::wait_group wg;
      const auto grow = [&, root = root](unsigned salt) {
        std::mt19937 random(seed() + salt);
        std::vector<mn::cancellable> mine;
        for (int i = 0; i < 50; ++i) {
          mine.push_back(mn::with_timeout(mine.empty() ? root : mine[random() % mine.size()].ctx,
                                          std::chrono::nanoseconds(random() % 1'000'000)));
          switch (random() % 4) {
            case 0: mine[random() % mine.size()].cancel(); break;
            case 1: mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(random() % mine.size())); break;
            default: break;
          }
        }
        return mine;
      };
      for (unsigned i = 0; i < 4; ++i) {
        wg.go([&, i] {
          const auto mine = grow(i);
          for (const auto& c : mine) {
            ++expected;
            c.ctx.on_done([&] { ++called; });
            EXPECT_FALSE(c.ctx.done().recv());
          }
        });
      }
      std::thread plain([&] { (void)grow(100); });
      wg.go([&, cancel = cancel] {
        mn::yield();
        cancel();
      });
      wg.wait();
      plain.join();
      while (called != expected) mn::yield();
      EXPECT_EQ(root.node()->nearest()->children(), 0u);
    }
  });
}

TEST(context_stress, registrations_are_stopped_while_the_context_is_cancelled) {
  on_cores([] {
    for (int round = 0; round < repeated(300); ++round) {
      auto [ctx, cancel] = mn::with_cancel(context::background());
      std::atomic<int> called{0}, stopped{0};
      mn::wait_group wg;
      for (int i = 0; i < 4; ++i) {
        wg.go([&, ctx = ctx] {
          auto r = ctx.on_done([&] { ++called; });
          mn::yield();
          stopped += r.stop();
        });
      }
      wg.go([&, cancel = cancel] { cancel(); });
      wg.wait();
      while (called + stopped != 4) mn::yield();
    }
  });
}
