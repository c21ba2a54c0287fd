// Tasks that are started and held back: none runs before it is let, and all run then.
#pragma once

#include <chrono>
#include <string>

#include "conformance/suite.hpp"

namespace threadmark::conformance {

/// Skips the rule, with the reason that the model declares, where it cannot hold tasks back.
template <class M>
class held_rules : public rules<M> {
 protected:
  void SetUp() override {
    if constexpr (!holds_tasks<M>) {
      GTEST_SKIP() << to_string(capability::held_start) << ": " << M::express(capability::held_start).by;
    }
  }
};
TYPED_TEST_SUITE(held_rules, models);

TYPED_TEST(held_rules, held_tasks_run_when_they_are_released_and_not_before) {
  using M = TypeParam;
  if constexpr (holds_tasks<M>) {
    constexpr int tasks = 2000;
    std::string why_not;
    std::atomic<int> ran = 0;
    this->run([&] {
      try {
        typename M::held_tasks held;
        typename M::wait_group ended;
        ended.add(tasks);
        for (int i = 0; i < tasks; ++i) {
          held.go([&] {
            ++ran;
            ended.done();
          });
        }
        // The root does not wait here, but whoever else might run them has time to.
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
        while (std::chrono::steady_clock::now() < until) EXPECT_EQ(ran, 0);
        held.release();
        ended.wait();
        EXPECT_EQ(ran, tasks);
      } catch (const not_expressed& e) {
        why_not = e.what();
      }
    });
    EXPECT_TRUE(why_not.empty() || cores() > 1) << "one core is enough to hold tasks back on";
    if (!why_not.empty()) GTEST_SKIP() << why_not;
  }
}

TYPED_TEST(held_rules, tasks_can_be_held_again_and_again) {
  using M = TypeParam;
  if constexpr (holds_tasks<M>) {
    std::string why_not;
    std::atomic<int> ran = 0;
    this->run([&] {
      try {
        for (int round = 1; round <= 5; ++round) {
          typename M::wait_group ended;
          typename M::held_tasks held;
          ended.add(10);
          for (int i = 0; i < 10; ++i) {
            held.go([&] {
              ++ran;
              ended.done();
            });
          }
          EXPECT_EQ(ran, 10 * (round - 1));
          held.release();
          ended.wait();
          EXPECT_EQ(ran, 10 * round);
        }
      } catch (const not_expressed& e) {
        why_not = e.what();
      }
    });
    EXPECT_TRUE(why_not.empty() || cores() > 1) << "one core is enough to hold tasks back on";
    if (!why_not.empty()) GTEST_SKIP() << why_not;
  }
}

}  // namespace threadmark::conformance
