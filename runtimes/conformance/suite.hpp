// What the rules have in common: how a test gets into a task of the model under test, and how it waits there.
//
// A model's source file includes its model, says `using model_under_test = …;` in this namespace, and includes
// all_rules.hpp. The suites are typed, so that each test's name says its model; a process has one runtime, so it has
// one model.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>

#include "conformance/settings.hpp"
#include "model.hpp"

namespace threadmark::conformance {

using models = testing::Types<model_under_test>;

/// The process's one runtime: made by the first test that needs it, and ended when the last test has ended. (Not a
/// static object: a library may keep thread-local state for it, which ends before static objects do.)
template <class M>
class runtime_holder : public testing::Environment {
 public:
  typename M::runtime& get() {
    if (!runtime_) runtime_.emplace(runtime_options{.cores = cores(), .variant = variant()});
    return *runtime_;
  }
  void TearDown() override { runtime_.reset(); }

 private:
  std::optional<typename M::runtime> runtime_;
};

/// GoogleTest owns it.
inline auto& holder = *new runtime_holder<model_under_test>;
inline const auto* const registered_holder = testing::AddGlobalTestEnvironment(&holder);

inline model_under_test::runtime& the_runtime() {
  return holder.get();
}

/// A suite of rules. `run(f)` runs f as the root task and returns when all tasks have ended.
template <class M>
class rules : public testing::Test {
 protected:
  template <class F>
  static void run(F f) {
    the_runtime().run(f);
  }

  /// Waits, in a task, for something that another task will bring about. (When it never does, the watchdog says so.)
  template <class Condition>
  static void wait_until(Condition condition) {
    while (!condition()) M::sleep_for(std::chrono::microseconds(200));
  }

  /// Gives all other tasks ample time to do what they must not do.
  static void let_others_run() { M::sleep_for(std::chrono::milliseconds(20)); }
};

}  // namespace threadmark::conformance

/// Defines an empty typed suite `name` for the model under test.
// NOLINTBEGIN(bugprone-macro-parentheses): a class's name
#define THREADMARK_RULES(name)                                \
  template <class M>                                          \
  class name : public ::threadmark::conformance::rules<M> {}; \
  TYPED_TEST_SUITE(name, models)
// NOLINTEND(bugprone-macro-parentheses)
