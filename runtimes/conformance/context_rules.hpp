// Contexts: cancelling reaches everything below and nothing else, and wakes who waits for it.
#pragma once

#include <chrono>
#include <vector>

#include "conformance/suite.hpp"

namespace threadmark::conformance {

/// Skips the rule, with the reason that the model declares, where it has no cancellation.
template <class M>
class context_rules : public rules<M> {
 protected:
  void SetUp() override {
    if constexpr (!cancels<M>) GTEST_SKIP() << to_string(capability::cancellation) << ": " << declared();
  }
  static std::string_view declared() { return M::express(capability::cancellation).by; }
};
TYPED_TEST_SUITE(context_rules, models);

TYPED_TEST(context_rules, cancelling_ends_all_below_and_nobody_above_or_beside) {
  using M = TypeParam;
  if constexpr (cancels<M>) {
    this->run([&] {
      const auto top = M::with_cancel(typename M::context());
      const auto middle = M::with_cancel(top.ctx);
      const auto beside = M::with_cancel(top.ctx);
      const auto low = M::with_cancel(middle.ctx);
      const auto lowest = M::with_timeout(low.ctx, std::chrono::hours(1));
      middle.cancel();
      EXPECT_EQ(M::end_of(top.ctx), context_end::not_yet);
      EXPECT_EQ(M::end_of(beside.ctx), context_end::not_yet);
      EXPECT_EQ(M::end_of(middle.ctx), context_end::cancelled);
      EXPECT_EQ(M::end_of(low.ctx), context_end::cancelled);
      EXPECT_EQ(M::end_of(lowest.ctx), context_end::cancelled);
      top.cancel();
      EXPECT_EQ(M::end_of(beside.ctx), context_end::cancelled);
    });
  }
}

TYPED_TEST(context_rules, cancelling_wakes_every_task_that_waits_below) {
  using M = TypeParam;
  if constexpr (cancels<M>) {
    this->run([&] {
      constexpr int tasks = 200;
      const auto top = M::with_cancel(typename M::context());
      typename M::wait_group waiting, ended;
      std::atomic<int> woken = 0;
      waiting.add(tasks);
      ended.add(tasks);
      auto parent = top.ctx;
      for (int i = 0; i < tasks; ++i) {
        const auto child = M::with_cancel(parent);
        if (i % 10 != 0) parent = child.ctx;  // chains of ten
        if (i % 10 == 9) parent = top.ctx;
        M::go([&, ctx = child.ctx] {
          typename M::template channel<int> never(selectable{0});
          waiting.done();
          if (M::select(M::on_recv(never, [](auto) {}), M::on_done(ctx, [] {})) == 1U) ++woken;
          ended.done();
        });
      }
      waiting.wait();
      this->let_others_run();
      EXPECT_EQ(woken, 0);
      top.cancel();
      ended.wait();
      EXPECT_EQ(woken, tasks);
    });
  }
}

TYPED_TEST(context_rules, a_timeout_ends_all_below_and_says_that_it_was_one) {
  using M = TypeParam;
  if constexpr (cancels<M>) {
    this->run([&] {
      constexpr auto delay = std::chrono::milliseconds(5);
      const auto start = std::chrono::steady_clock::now();
      const auto top = M::with_timeout(typename M::context(), delay);
      const auto below = M::with_cancel(top.ctx);
      EXPECT_EQ(M::select(M::on_done(below.ctx, [] {})), 0U);
      EXPECT_GE(std::chrono::steady_clock::now() - start, delay);
      EXPECT_EQ(M::end_of(top.ctx), context_end::timeout);
      EXPECT_EQ(M::end_of(below.ctx), context_end::timeout);
      below.cancel();
      EXPECT_EQ(M::end_of(below.ctx), context_end::timeout) << "why a context has ended does not change";
    });
  }
}

TYPED_TEST(context_rules, a_child_ends_with_its_parent_though_its_own_timeout_is_later) {
  using M = TypeParam;
  if constexpr (cancels<M>) {
    this->run([&] {
      const auto start = std::chrono::steady_clock::now();
      const auto top = M::with_timeout(typename M::context(), std::chrono::milliseconds(5));
      const auto below = M::with_timeout(top.ctx, std::chrono::hours(1));
      EXPECT_EQ(M::select(M::on_done(below.ctx, [] {})), 0U);
      EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(1));
      EXPECT_EQ(M::end_of(below.ctx), context_end::timeout);
    });
  }
}

TYPED_TEST(context_rules, a_context_made_below_one_that_has_ended_has_ended) {
  using M = TypeParam;
  if constexpr (cancels<M>) {
    this->run([&] {
      const auto top = M::with_cancel(typename M::context());
      top.cancel();
      const auto below = M::with_timeout(top.ctx, std::chrono::hours(1));
      EXPECT_EQ(M::end_of(below.ctx), context_end::cancelled);
      EXPECT_EQ(M::select(M::on_done(below.ctx, [] {})), 0U);
    });
  }
}

TYPED_TEST(context_rules, cancelling_races_with_a_timeout_and_one_of_them_is_the_reason) {
  using M = TypeParam;
  if constexpr (cancels<M>) {
    this->run([&] {
      for (int round = 0; round < 200; ++round) {
        const auto top = M::with_timeout(typename M::context(), std::chrono::microseconds(round));
        const auto below = M::with_cancel(top.ctx);
        typename M::wait_group ended;
        ended.add(1);
        M::go([&] {
          M::sleep_for(std::chrono::microseconds(round));
          top.cancel();
          ended.done();
        });
        EXPECT_EQ(M::select(M::on_done(below.ctx, [] {})), 0U);
        ended.wait();
        EXPECT_NE(M::end_of(top.ctx), context_end::not_yet);
        EXPECT_EQ(M::end_of(below.ctx), M::end_of(top.ctx));
      }
    });
  }
}

}  // namespace threadmark::conformance
