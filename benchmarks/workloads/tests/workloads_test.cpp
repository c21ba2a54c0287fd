// Each workload on a right model reports its metrics, and on a model with a planted fault it says "wrong answer".
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <set>
#include <workloads/all.hpp>

#include "reference_model.hpp"

namespace threadmark::workloads {
namespace {

using reference::fault;

/// A death test starts its test again in a new process: forking one that has threads is not safe.
class death_tests_start_again : public testing::Environment {
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
[[maybe_unused]] const auto* const environment = testing::AddGlobalTestEnvironment(new death_tests_start_again);

/// Keeps what a workload reports. A rejection ends the process, as in a real trial: tasks may be stuck.
class recorded_trial final : public trial {
 public:
  std::set<std::string> metrics;
  std::vector<std::string> moments;
  int parts = 0;

  void clock_on() override { started_ = clock::now(); }
  nanoseconds clock_off() override {
    ++parts;
    return clock::now() - started_;
  }
  void metric(std::string_view name, double value) override {
    EXPECT_GT(value, 0) << name;
    EXPECT_TRUE(metrics.insert(std::string(name)).second) << name << " twice";
  }
  [[noreturn]] void reject(const std::string& why) override {
    std::fprintf(stderr, "rejected: %s\n", why.c_str());
    std::_Exit(3);
  }
  void snapshot(std::string_view moment, std::uint64_t tasks) override {
    moments.push_back(std::string(moment) + " " + std::to_string(tasks));
  }
  std::uint64_t steps_for(std::uint64_t work_ns) const override { return work_ns; }

 private:
  using clock = std::chrono::steady_clock;
  clock::time_point started_;
};

template <class W>
recorded_trial run(const parameters& values, fault planted = fault::none) {
  reference::planted = planted;
  recorded_trial t;
  reference::runtime runtime({});
  runtime.run([&] { W(values).template iterate<reference_model>(t); });
  return t;
}

/// Runs the workload with the fault in a process of its own, which must end by a rejection that matches, and not hang.
// NOLINTBEGIN(bugprone-macro-parentheses): the arguments are a list in brackets
#define EXPECT_REJECTED(workload, arguments, why) \
  EXPECT_EXIT((::alarm(30), run<workload> arguments, std::_Exit(0)), testing::ExitedWithCode(3), "rejected: " why)
// NOLINTEND(bugprone-macro-parentheses)

using names = std::set<std::string>;

TEST(SpawnJoin, ReportsItsMetric) {
  EXPECT_EQ(run<spawn_join>({{"n", 20}}).metrics, names{"ns_per_task"});
  EXPECT_EQ(run<spawn_join>({{"n", 1}}).parts, 1);
}

TEST(SpawnJoin, RejectsAWaitThatEndsTooSoon) {
  EXPECT_REJECTED(spawn_join, ({{"n", 20}}, fault::wait_returns_early), "spawn_join: .* of 20 slots marked");
}

TEST(Parked, ReportsItsTimesAndTakesBothSnapshots) {
  const recorded_trial t = run<parked>({{"n", 20}});
  EXPECT_EQ(t.metrics, (names{"create_ns_per_task", "wake_ns_per_task"}));
  EXPECT_EQ(t.moments, (std::vector<std::string>{"baseline 0", "parked 20"}));
  EXPECT_EQ(t.parts, 2);
}

TEST(Parked, RejectsTasksThatDoNotBlock) {
  EXPECT_REJECTED(parked, ({{"n", 20}}, fault::closes_by_itself), "parked: 20 tasks went on before");
}

TEST(Parked, RejectsAValueFromAClosedChannel) {
  EXPECT_REJECTED(parked, ({{"n", 20}}, fault::closed_has_values), "parked: 20 tasks received a value");
}

TEST(Parked, RejectsTasksThatAreNotWoken) {
  EXPECT_REJECTED(parked, ({{"n", 20}}, fault::wait_returns_early), "parked: .* of 20 tasks woken");
}

TEST(PingPong, ReportsItsMetricAtEveryCapacity) {
  for (const std::uint64_t capacity : {0, 1, 5})
    EXPECT_EQ(run<ping_pong>({{"capacity", capacity}}).metrics, names{"ns_per_round_trip"}) << capacity;
}

TEST(PingPong, RejectsChangedAndMissingValues) {
  EXPECT_REJECTED(ping_pong, ({{"capacity", 0}}, fault::values_change), "ping_pong: came to [0-9]+ after 1000");
  EXPECT_REJECTED(ping_pong, ({{"capacity", 1}}, fault::closes_by_itself), "ping_pong: found the channel closed");
}

parameters pool(std::uint64_t workers, std::uint64_t work_ns) {
  return {{"workers", workers}, {"capacity", 16}, {"jobs", 500}, {"work_ns", work_ns}};
}

TEST(WorkerPool, ReportsItsMetricWithAndWithoutWork) {
  EXPECT_EQ(run<worker_pool>(pool(5, 0)).metrics, names{"ns_per_job"});
  EXPECT_EQ(run<worker_pool>(pool(5, 77)).metrics, names{"ns_per_job"});
  EXPECT_EQ(run<worker_pool>(pool(1, 1000)).metrics, names{"ns_per_job"});
}

TEST(WorkerPool, RejectsLostAndRepeatedAndChangedValues) {
  EXPECT_REJECTED(worker_pool, (pool(3, 0), fault::values_vanish), "worker_pool: .* results for 500 jobs");
  EXPECT_REJECTED(worker_pool, (pool(3, 0), fault::values_repeat), "worker_pool: .* results for 500 jobs");
  EXPECT_REJECTED(worker_pool, (pool(3, 0), fault::values_change), "worker_pool: the results add up to");
  EXPECT_REJECTED(worker_pool, (pool(3, 50), fault::values_change), "worker_pool: the results add up to");
}

parameters fan_in(std::uint64_t producers) {
  return {{"producers", producers}, {"capacity", 0}};
}

TEST(SelectFanIn, ReportsItsMetric) {
  EXPECT_EQ(run<select_fan_in>(fan_in(4)).metrics, names{"ns_per_message"});
}

TEST(SelectFanIn, RejectsWhatComesChangedOrRepeatedOrFromTheWrongChannel) {
  EXPECT_REJECTED(select_fan_in, (fan_in(4), fault::values_change), "select_fan_in: producer .* was due");
  EXPECT_REJECTED(select_fan_in, (fan_in(4), fault::values_repeat), "select_fan_in: producer .* was due");
  EXPECT_REJECTED(select_fan_in, (fan_in(4), fault::channels_mixed_up), "select_fan_in: producer .* was due");
  EXPECT_REJECTED(select_fan_in, (fan_in(4), fault::closes_by_itself), "select_fan_in: .* a channel closed");
}

TEST(SelectFanIn, FindsAMissingValueAndAStrangeChannel) {
  const select_fan_in workload(fan_in(4096));
  std::vector<select_fan_in::received> all;
  for (std::uint64_t p = 0; p < 4096; ++p)
    for (std::uint64_t k = 0; k < 2; ++k) all.push_back({p, p << 32 | k});
  EXPECT_EQ(workload.fault_in(all), "");
  all.pop_back();
  EXPECT_EQ(workload.fault_in(all), "1 values of a producer for 2");
  all.push_back({4096, 1});
  EXPECT_EQ(workload.fault_in(all), "a value from a channel that is not there");
}

TEST(Skynet, ReportsItsMetric) {
  EXPECT_EQ(run<skynet>({{"leaves", 1}}).metrics, names{"ns_per_task"});
  EXPECT_EQ(run<skynet>({{"leaves", 100}}).metrics, names{"ns_per_task"});
  EXPECT_EQ(skynet({{"leaves", 1000}}).nodes(), 1111u);
}

TEST(Skynet, RejectsAWrongSum) {
  EXPECT_REJECTED(skynet, ({{"leaves", 100}}, fault::values_change), "skynet: the sum is [0-9]+, not 4950");
  EXPECT_REJECTED(skynet, ({{"leaves", 100}}, fault::closes_by_itself),
                  "skynet: the (top node sent nothing|sum is 0, not 4950)");
}

TEST(Spawned, TakesBothSnapshotsAndReportsNothingItself) {
  const recorded_trial t = run<spawned>({{"n", 20}});
  EXPECT_EQ(t.metrics, names{});
  EXPECT_EQ(t.moments, (std::vector<std::string>{"baseline 0", "spawned 20"}));
  EXPECT_EQ(t.parts, 1);
}

TEST(Spawned, RejectsTasksThatRunTooEarly) {
  EXPECT_REJECTED(spawned, ({{"n", 20}}, fault::held_tasks_run), "spawned: 20 of 20 tasks ran before they were let");
}

TEST(Spawned, RejectsTasksThatDoNotRunAtAll) {
  EXPECT_REJECTED(spawned, ({{"n", 20}}, fault::wait_returns_early), "spawned: .* of 20 tasks ran");
}

TEST(Spawned, IsNotExpressedWhereAModelCannotHoldTasksBack) {
  EXPECT_THROW(run<spawned>({{"n", 20}}, fault::cannot_hold), not_expressed);
  reference::planted = fault::none;
}

parameters quiet(std::uint64_t n, std::uint64_t window_ms) {
  return {{"n", n}, {"window_ms", window_ms}};
}

TEST(Idle, ReportsItsMetric) {
  const recorded_trial t = run<idle>(quiet(20, 5));
  EXPECT_EQ(t.metrics, names{"cpu_ms"});
  EXPECT_EQ(t.parts, 1);
}

TEST(Idle, RejectsTasksThatDoNotBlockOrAreNotWoken) {
  EXPECT_REJECTED(idle, (quiet(20, 5), fault::closes_by_itself), "idle: 20 tasks went on before");
  EXPECT_REJECTED(idle, (quiet(20, 5), fault::closed_has_values), "idle: 20 tasks received a value");
  EXPECT_REJECTED(idle, (quiet(20, 5), fault::wait_returns_early), "idle: .* of 20 tasks woken");
}

TEST(Idle, RejectsAWindowThatWasTooShort) {
  EXPECT_REJECTED(idle, (quiet(1, 2000), fault::sleeps_too_short), "idle: a sleep of 2000 ms ended after [0-9]+ ns");
}

TEST(SleepBesideSpin, ReportsItsMetrics) {
  EXPECT_EQ(run<sleep_beside_spin>({{"spin_ms", 20}}).metrics, (names{"sleep_p50_ms", "sleep_p99_ms", "sleep_max_ms"}));
}

TEST(SleepBesideSpin, RejectsASleepThatIsTooShort) {
  EXPECT_REJECTED(sleep_beside_spin, ({{"spin_ms", 100}}, fault::sleeps_too_short),
                  "sleep_beside_spin: a sleep of 1 ms took [0-9]+ ns");
}

TEST(SleepBesideSpin, FindsSleepsThatAreMissingOrTooShort) {
  using namespace std::chrono_literals;
  const auto fault_in = [](const sleep_beside_spin::lengths& sleeps) {
    return sleep_beside_spin::fault_in(sleeps, 10ms);
  };
  EXPECT_EQ(fault_in(sleep_beside_spin::lengths(10, 1ms)), "");
  EXPECT_EQ(fault_in({10ms}), "");
  EXPECT_EQ(fault_in({}), "no sleep ended while the other task span or after it");
  EXPECT_EQ(fault_in({9ms, 999'999ns}), "a sleep of 1 ms took 999999 ns");
  EXPECT_EQ(fault_in({5ms}), "the sleeps are 5000000 ns of the 10000000 ns that the other task span");
}

TEST(Percentile, IsTheNearestRank) {
  std::vector<int> hundred(100);
  std::iota(hundred.begin(), hundred.end(), 1);
  EXPECT_EQ(percentile(hundred, 1), 1);
  EXPECT_EQ(percentile(hundred, 50), 50);
  EXPECT_EQ(percentile(hundred, 99), 99);
  EXPECT_EQ(percentile(hundred, 100), 100);
  EXPECT_EQ(percentile(std::vector{7}, 50), 7);
  EXPECT_EQ(percentile(std::vector{7, 8, 9}, 50), 8);
  EXPECT_EQ(percentile(std::vector{7, 8, 9}, 99), 9);
}

TEST(ProcessCpuTime, GrowsWithWorkAndNotWithSleep) {
  const auto start = process_cpu_time();
  std::uint64_t x = 1;
  while (process_cpu_time() - start < std::chrono::milliseconds(5)) x = do_work(x, 1000);
  EXPECT_NE(x, 1u);
  const auto before = process_cpu_time();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_LT(process_cpu_time() - before, std::chrono::milliseconds(25));
}

TEST(Parameters, ThatMakeNoSenseAreRefused) {
  EXPECT_THROW(spawn_join({{"n", 0}}), std::invalid_argument);
  EXPECT_THROW(parked({{"n", 0}}), std::invalid_argument);
  EXPECT_THROW(select_fan_in(fan_in(3)), std::invalid_argument);
  EXPECT_THROW(select_fan_in(fan_in(0)), std::invalid_argument);
  EXPECT_THROW(skynet({{"leaves", 20}}), std::invalid_argument);
  EXPECT_THROW(skynet({{"leaves", 0}}), std::invalid_argument);
  EXPECT_THROW(worker_pool(pool(0, 0)), std::invalid_argument);
  EXPECT_THROW(spawned({{"n", 0}}), std::invalid_argument);
  EXPECT_THROW(idle(quiet(0, 1)), std::invalid_argument);
  EXPECT_THROW(idle(quiet(1, 0)), std::invalid_argument);
  EXPECT_THROW(sleep_beside_spin({{"spin_ms", 0}}), std::invalid_argument);
  EXPECT_THROW(ping_pong(parameters{}), std::out_of_range);
}

}  // namespace
}  // namespace threadmark::workloads
