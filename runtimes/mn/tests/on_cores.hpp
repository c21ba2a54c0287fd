// Runs a test's body as the root task of a fresh runtime, for 1, 2 and 4 cores, and checks that nothing is left.
#pragma once

#include <gtest/gtest.h>

#include <mn/mn.hpp>

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
