// The work in a job: the closed form that checks it, and that it really is done step by step.
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <workloads/work_loop.hpp>

namespace threadmark::workloads {
namespace {

TEST(WorkLoop, IsTheAffineMapOfItsSteps) {
  for (const std::uint64_t steps : {0, 1, 2, 3, 7, 64, 1000, 12345})
    for (const std::uint64_t x : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{99999}, ~std::uint64_t{0}})
      EXPECT_EQ(do_work(x, steps), work_as_map(steps)(x)) << steps << " steps from " << x;
}

TEST(WorkLoop, OneStepIsWhatTheProtocolSays) {
  EXPECT_EQ(do_work(3, 1), 3 * 6364136223846793005u + 1442695040888963407u);
}

TEST(WorkLoop, SumsBelowACount) {
  EXPECT_EQ(sum_below(0), 0u);
  EXPECT_EQ(sum_below(1), 0u);
  EXPECT_EQ(sum_below(100), 4950u);
  EXPECT_EQ(sum_below(101), 5050u);
  // 2^33 (2^33 - 1) / 2 = 2^65 - 2^32, which is -2^32 modulo 2^64.
  EXPECT_EQ(sum_below(std::uint64_t{1} << 33), ~std::uint64_t{0} - (std::uint64_t{1} << 32) + 1);
}

/// The least CPU time that so many steps took.
double fastest(std::uint64_t steps) {
  double best = 1e300;
  std::uint64_t x = 1;
  for (int i = 0; i < 20; ++i) {
    timespec start{}, end{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    x = do_work(x, steps);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    best = std::min(
        best, static_cast<double>(end.tv_sec - start.tv_sec) * 1e9 + static_cast<double>(end.tv_nsec - start.tv_nsec));
  }
  EXPECT_NE(x, 1u);
  return best;
}

// No compiler may have found the closed form: ten times the steps take several times as long, and not ten times ten.
TEST(WorkLoop, TakesTimeInProportionToItsSteps) {
  const double ratio = fastest(1'000'000) / fastest(100'000);
  EXPECT_GT(ratio, 3);
  EXPECT_LT(ratio, 30);
}

}  // namespace
}  // namespace threadmark::workloads
