// mn::context: each promise of context.hpp. Trees and races are in context_stress_test.cpp.
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "cancel_node.hpp"
#include "on_cores.hpp"

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using mn::context;
using mn::context_error;

namespace {

const mn::context_key<int> number;
const mn::context_key<int> other_number;
const mn::context_key<std::string> name;

bool is_closed(const mn::channel<std::monostate>& ch) {
  std::optional<std::monostate> nothing;
  return ch.try_recv(nothing) == mn::channel<std::monostate>::state::closed;
}

std::size_t children(const context& ctx) {
  return ctx.node()->nearest()->children();
}

std::string told(const std::exception_ptr& e) {
  try {
    std::rethrow_exception(e);
  } catch (const std::exception& x) {
    return x.what();
  }
}

}  // namespace

TEST(context, the_background_is_never_done_and_has_nothing) {
  const context ctx, background = context::background();
  EXPECT_EQ(ctx, background);
  EXPECT_EQ(ctx.error(), context_error::none);
  EXPECT_NO_THROW(ctx.throw_if_done());
  EXPECT_EQ(ctx.cause(), nullptr);
  EXPECT_FALSE(ctx.deadline());
  EXPECT_EQ(ctx.value(number), nullptr);
  EXPECT_FALSE(is_closed(ctx.done()));
  EXPECT_FALSE(ctx.done() == ctx.done()) << "all who wait in vain would meet at one lock";
}

TEST(context, cancelled_is_done_for_good) {
  on_cores([] {
    auto [ctx, cancel] = mn::with_cancel(context::background());
    const auto done = ctx.done();
    EXPECT_EQ(ctx.error(), context_error::none);
    EXPECT_FALSE(is_closed(done));
    cancel();
    EXPECT_EQ(ctx.error(), context_error::cancelled);
    EXPECT_TRUE(is_closed(done));
    EXPECT_TRUE(ctx.done() == done);
    EXPECT_THROW(ctx.throw_if_done(), mn::context_cancelled);
    EXPECT_THROW(ctx.throw_if_done(), mn::context_done);
    const auto again = cancel;
    again();
    cancel(std::make_exception_ptr(std::runtime_error("too late")));
    EXPECT_EQ(told(ctx.cause()), "mn: context cancelled");
  });
}

TEST(context, a_channel_that_is_first_asked_for_afterwards_is_closed) {
  auto [ctx, cancel] = mn::with_cancel(context::background());
  cancel();
  EXPECT_TRUE(is_closed(ctx.done()));
  EXPECT_TRUE(ctx.done() == ctx.done());
}

TEST(context, wakes_everybody_who_waits_for_it) {
  on_cores([] {
    auto [ctx, cancel] = mn::with_cancel(context::background());
    const mn::channel<int> never;
    std::atomic<int> woken{0};
    mn::wait_group wg;
    for (int i = 0; i < 300; ++i) {
      wg.go([&, i, ctx = ctx] {
        if (i % 2 == 0) {
          EXPECT_FALSE(ctx.done().recv());
        } else {
          EXPECT_EQ(mn::select(mn::on_recv(never, [](auto) {}), mn::on_recv(ctx.done(), [](auto) {})), 1u);
        }
        EXPECT_EQ(ctx.error(), context_error::cancelled);
        ++woken;
      });
      if (i % 50 == 0) mn::yield();
    }
    mn::sleep_for(1ms);
    EXPECT_EQ(woken, 0);
    cancel();
    wg.wait();
    EXPECT_EQ(woken, 300);
  });
}

TEST(context, the_cause_is_told_to_all_below) {
  on_cores([] {
    auto [parent, cancel] = mn::with_cancel(context::background());
    const auto child = mn::with_value(mn::with_cancel(parent).ctx, number, 1);
    cancel(std::make_exception_ptr(std::runtime_error("the disk is full")));
    EXPECT_EQ(child.error(), context_error::cancelled);
    EXPECT_EQ(told(child.cause()), "the disk is full");
    const auto late = mn::with_cancel(child).ctx;
    EXPECT_EQ(told(late.cause()), "the disk is full");
    EXPECT_THROW(late.throw_if_done(), mn::context_cancelled);
  });
}

TEST(context, cancelling_goes_down_and_not_up_or_aside) {
  on_cores([] {
    auto [root, cancel_root] = mn::with_cancel(context::background());
    auto [left, cancel_left] = mn::with_cancel(root);
    auto [right, cancel_right] = mn::with_cancel(root);
    auto [below, cancel_below] = mn::with_cancel(mn::with_value(left, number, 1));
    cancel_left();
    EXPECT_EQ(left.error(), context_error::cancelled);
    EXPECT_EQ(below.error(), context_error::cancelled);
    EXPECT_EQ(right.error(), context_error::none);
    EXPECT_EQ(root.error(), context_error::none);
    cancel_root();
    EXPECT_EQ(right.error(), context_error::cancelled);
  });
}

TEST(context, a_child_of_a_done_parent_is_done_at_once) {
  on_cores([] {
    auto [parent, cancel] = mn::with_cancel(context::background());
    cancel();
    EXPECT_EQ(mn::with_cancel(parent).ctx.error(), context_error::cancelled);
    EXPECT_EQ(mn::with_timeout(parent, 1h).ctx.error(), context_error::cancelled);
    EXPECT_EQ(mn::with_timeout(parent, 0s).ctx.error(), context_error::cancelled);
    EXPECT_EQ(mn::with_value(parent, number, 1).error(), context_error::cancelled);
    EXPECT_EQ(children(parent), 0u);
  });
}

TEST(context, its_deadline_comes) {
  on_cores([] {
    const auto begin = clock_type::now();
    auto [ctx, cancel] = mn::with_timeout(context::background(), 3ms);
    EXPECT_GE(*ctx.deadline(), begin + 3ms);
    EXPECT_EQ(ctx.error(), context_error::none);
    EXPECT_FALSE(ctx.done().recv());
    EXPECT_GE(clock_type::now(), begin + 3ms);
    EXPECT_EQ(ctx.error(), context_error::deadline_exceeded);
    EXPECT_THROW(ctx.throw_if_done(), mn::context_deadline_exceeded);
    EXPECT_EQ(told(ctx.cause()), "mn: context deadline exceeded");
    cancel();
    EXPECT_EQ(ctx.error(), context_error::deadline_exceeded);
  });
}

TEST(context, a_deadline_that_is_past_is_exceeded_at_once) {
  on_cores([] {
    for (auto d : {0ns, -1ns, std::chrono::nanoseconds::min()}) {
      const auto ctx = mn::with_timeout(context::background(), d).ctx;
      EXPECT_EQ(ctx.error(), context_error::deadline_exceeded);
      EXPECT_TRUE(is_closed(ctx.done()));
    }
  });
}

TEST(context, the_longest_timeout_is_no_deadline) {
  on_cores([] {
    const auto ctx = mn::with_timeout(context::background(), std::chrono::nanoseconds::max()).ctx;
    EXPECT_EQ(ctx.error(), context_error::none);
    EXPECT_FALSE(ctx.deadline());
  });
}

TEST(context, cancelled_before_its_deadline_stays_cancelled) {
  on_cores([] {
    auto [ctx, cancel] = mn::with_timeout(context::background(), 2ms);
    cancel();
    mn::sleep_for(4ms);
    EXPECT_EQ(ctx.error(), context_error::cancelled);
  });
}

TEST(context, the_earlier_deadline_holds) {
  on_cores([] {
    const auto soon = clock_type::now() + 2ms;
    const auto parent = mn::with_deadline(context::background(), soon).ctx;
    const auto later = mn::with_timeout(parent, 1h).ctx;
    const auto earlier = mn::with_deadline(parent, soon - 1ms).ctx;
    EXPECT_EQ(later.deadline(), soon);
    EXPECT_EQ(earlier.deadline(), soon - 1ms);
    EXPECT_EQ(mn::with_cancel(parent).ctx.deadline(), soon);
    EXPECT_EQ(mn::with_value(parent, number, 1).deadline(), soon);
    EXPECT_FALSE(earlier.done().recv());
    EXPECT_FALSE(later.done().recv());
    EXPECT_EQ(later.error(), context_error::deadline_exceeded);
  });
}

// The cancelling is done by whoever finds the timer due. On one core that must not be a task, which would wait for ever
// behind the one that looks at the context without giving way.
TEST(context, its_deadline_comes_although_the_only_worker_is_busy) {
  mn::runtime rt({.cores = 1});
  rt.run([] {
    const auto ctx = mn::with_timeout(context::background(), 2ms).ctx;
    while (ctx.error() == context_error::none) {
    }
    EXPECT_EQ(ctx.error(), context_error::deadline_exceeded);
    const auto another = mn::with_timeout(context::background(), 2ms).ctx;
    const auto done = another.done();
    while (!is_closed(done)) {
    }
  });
}

TEST(context, a_deadline_is_told_while_its_only_waiter_parks) {
  on_cores([] {
    mn::wait_group wg;
    for (int i = 0; i < 8; ++i) {
      wg.go([i] {
        for (int k = 0; k < repeated(300); ++k) {
          const auto ctx = mn::with_timeout(context::background(), std::chrono::nanoseconds(k % 7 * 300 + i)).ctx;
          EXPECT_FALSE(ctx.done().recv());
          EXPECT_EQ(ctx.error(), context_error::deadline_exceeded);
        }
      });
    }
    wg.wait();
  });
}

TEST(context, values_are_found_by_their_keys_from_the_nearest_up) {
  const auto a = mn::with_value(context::background(), number, 1);
  const auto b = mn::with_value(a, name, "b");
  const auto c = mn::with_cancel(b).ctx;
  const auto d = mn::with_value(c, number, 2);
  EXPECT_EQ(*a.value(number), 1);
  EXPECT_EQ(a.value(name), nullptr);
  EXPECT_EQ(*c.value(number), 1);
  EXPECT_EQ(*c.value(name), "b");
  EXPECT_EQ(*d.value(number), 2);
  EXPECT_EQ(*d.value(name), "b");
  EXPECT_EQ(d.value(other_number), nullptr);
}

TEST(context, a_value_lives_as_long_as_the_context_and_what_is_below_it) {
  const mn::context_key<std::shared_ptr<int>> key;
  auto held = std::make_shared<int>(5);
  std::optional<context> below;
  {
    const auto ctx = mn::with_value(context::background(), key, held);
    below = mn::with_cancel(ctx).ctx;
  }
  EXPECT_EQ(held.use_count(), 2);
  EXPECT_EQ(**below->value(key), 5);
  below.reset();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(context, children_leave_a_living_parent_when_they_are_done_or_dropped) {
  on_cores([] {
    const auto parent = mn::with_cancel(context::background()).ctx;
    for (int i = 0; i < 1000; ++i) {
      auto [child, cancel] = mn::with_timeout(parent, 1h);
      if (i % 2 == 0) cancel();
      EXPECT_EQ(children(parent), i % 2 == 0 ? 0u : 1u);
    }
    EXPECT_EQ(children(parent), 0u);
    const auto timed = mn::with_timeout(parent, 1ms).ctx;
    EXPECT_EQ(children(parent), 1u);
    EXPECT_FALSE(timed.done().recv());
    while (children(parent) != 0) mn::yield();  // the channel is closed first
  });
}

TEST(context, children_below_values_are_cancelled) {
  on_cores([] {
    auto [root, cancel] = mn::with_cancel(context::background());
    context ctx = root;
    for (int i = 0; i < 100; ++i) ctx = mn::with_value(ctx, number, i);
    const auto child = mn::with_cancel(ctx).ctx;
    EXPECT_EQ(children(root), 1u);
    cancel();
    EXPECT_EQ(child.error(), context_error::cancelled);
  });
}

TEST(context, is_cancelled_from_a_plain_thread) {
  on_cores([] {
    auto [ctx, cancel] = mn::with_cancel(context::background());
    std::thread plain([cancel = cancel] {
      std::this_thread::sleep_for(5ms);
      cancel();
    });
    EXPECT_FALSE(ctx.done().recv());
    plain.join();
  });
}

TEST(context, works_on_plain_threads_without_any_runtime) {
  const auto begin = clock_type::now();
  auto [ctx, cancel] = mn::with_timeout(context::background(), 3ms);
  EXPECT_FALSE(ctx.done().recv());
  EXPECT_GE(clock_type::now(), begin + 3ms);
  EXPECT_EQ(ctx.error(), context_error::deadline_exceeded);
}

TEST(context, of_a_plain_thread_ends_the_waiting_of_tasks) {
  auto [ctx, cancel] = mn::with_timeout(context::background(), 20ms);
  mn::runtime rt({.cores = 2});
  rt.run([ctx = ctx] { EXPECT_FALSE(mn::sleep_for(ctx, 1h)); });
}

TEST(context, outlives_its_runtime_and_its_deadline_comes_all_the_same) {
  std::optional<context> ctx;
  {
    mn::runtime rt({.cores = 2});
    rt.run([&] { ctx = mn::with_timeout(context::background(), 30ms).ctx; });
  }
  EXPECT_FALSE(ctx->done().recv());
  EXPECT_EQ(ctx->error(), context_error::deadline_exceeded);
}

TEST(context, somebody_who_closes_its_channel_does_not_break_it) {
  auto [ctx, cancel] = mn::with_cancel(context::background());
  const auto child = mn::with_cancel(ctx).ctx;
  ctx.done().close();
  cancel();
  EXPECT_EQ(child.error(), context_error::cancelled);
}

TEST(context, sleep_for_ends_with_it) {
  on_cores([] {
    EXPECT_TRUE(mn::sleep_for(context::background(), 1us));
    auto [ctx, cancel] = mn::with_cancel(context::background());
    const auto begin = clock_type::now();
    EXPECT_TRUE(mn::sleep_for(ctx, 2ms));
    EXPECT_GE(clock_type::now(), begin + 2ms);
    EXPECT_TRUE(mn::sleep_for(ctx, 0s));
    mn::go([cancel = cancel] {
      mn::sleep_for(2ms);
      cancel();
    });
    EXPECT_FALSE(mn::sleep_for(ctx, std::chrono::nanoseconds::max()));
    EXPECT_FALSE(mn::sleep_for(ctx, 0s));
  });
}

TEST(on_done, starts_a_task_when_the_context_is_done) {
  on_cores([] {
    auto [ctx, cancel] = mn::with_cancel(context::background());
    mn::channel<int> called(3);
    ctx.on_done([=] { called.send(1); });
    ctx.on_done([=](const context& c) { called.send(c.error() == context_error::cancelled ? 2 : 0); });
    mn::sleep_for(1ms);
    EXPECT_EQ(called.size(), 0u);
    cancel();
    ctx.on_done([=] { called.send(4); });  // at once
    EXPECT_EQ(*called.recv() + *called.recv() + *called.recv(), 7);
  });
}

TEST(on_done, stopped_is_not_called) {
  on_cores([] {
    auto held = std::make_shared<int>();
    auto [ctx, cancel] = mn::with_cancel(context::background());
    auto kept = ctx.on_done([held] { FAIL(); });
    auto dropped = ctx.on_done([held] { FAIL(); });
    EXPECT_EQ(held.use_count(), 3);
    EXPECT_TRUE(kept.stop());
    EXPECT_FALSE(kept.stop());
    EXPECT_TRUE(dropped.stop());
    EXPECT_EQ(held.use_count(), 1);
    cancel();
  });
}

TEST(on_done, what_is_never_called_is_destroyed_with_the_context) {
  on_cores([] {
    auto held = std::make_shared<int>();
    {
      auto [ctx, cancel] = mn::with_cancel(context::background());
      ctx.on_done([held] { FAIL(); });
      context::background().on_done([held] { FAIL(); });
      EXPECT_EQ(held.use_count(), 2);
    }
    EXPECT_EQ(held.use_count(), 1);
  });
}

TEST(on_done, is_misused_with_a_named_error) {
  const auto ctx = mn::with_cancel(context::background()).ctx;
  EXPECT_THROW(ctx.on_done([] {}), mn::not_in_a_task);
}

TEST(on_done, is_not_called_when_its_runtime_has_ended) {
  auto held = std::make_shared<int>();
  auto [ctx, cancel] = mn::with_cancel(context::background());
  {
    mn::runtime rt({.cores = 1});
    rt.run([&, ctx = ctx] { ctx.on_done([held] { FAIL(); }); });
  }
  cancel();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(context, a_deadline_wakes_a_crowd) {
  on_cores([] {
    const auto [ctx, cancel] = mn::with_timeout(mn::context(), 20ms);
    mn::wait_group all;
    std::atomic<int> told{0};
    for (int i = 0; i < 1000; ++i) {
      all.go([&told, done = ctx.done()] {
        (void)done.recv();
        ++told;
      });
    }
    all.wait();
    EXPECT_EQ(told, 1000);
  });
}
