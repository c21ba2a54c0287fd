// How the tests run their tasks.
#pragma once

#include <gtest/gtest.h>

#include <mn/mn.hpp>

/// How many tasks a test has alive at once: a sanitizer keeps hundreds of kilobytes for each.
constexpr int scaled(int tasks) {
#if defined(MN_TSAN) || defined(MN_ASAN)
  return tasks < 500 ? tasks : 500;
#else
  return tasks;
#endif
}

/// How often a test repeats what takes a sanitizer long.
constexpr int repeated(int times) {
#if defined(MN_TSAN) || defined(MN_ASAN)
  return times < 10 ? times : times / 10;
#else
  return times;
#endif
}

/// Runs a test's body as the root task of a fresh runtime, on 1, 2 and 4 cores, and checks that nothing is left.
template <class F>
void on_cores(F f) {
  for (unsigned cores : {1u, 2u, 4u}) {
    SCOPED_TRACE(testing::Message() << cores << " cores");
    mn::runtime rt({.cores = cores});
    rt.run(f);
    const auto s = rt.stats();
    EXPECT_EQ(s.tasks_started, s.tasks_ended);
  }
}
