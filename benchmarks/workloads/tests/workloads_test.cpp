// Each workload on a right model reports its metrics, and on a model with a planted fault it says "wrong answer".
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>
#include <workloads/all.hpp>

#include "fake_client.hpp"
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
  std::map<std::string, double> values;
  std::vector<std::string> moments;
  std::vector<task_memory> places;
  int parts = 0;
  fake_client client;

  void clock_on() override { started_ = clock::now(); }
  nanoseconds clock_off() override {
    ++parts;
    return clock::now() - started_;
  }
  void metric(std::string_view name, double value) override {
    EXPECT_GE(value, 0) << name;
    EXPECT_TRUE(metrics.insert(std::string(name)).second) << name << " twice";
    values[std::string(name)] = value;
  }
  [[noreturn]] void reject(const std::string& why) override {
    std::fprintf(stderr, "rejected: %s\n", why.c_str());
    std::_Exit(3);
  }
  [[noreturn]] void limit(const std::string& why) override {
    std::fprintf(stderr, "limit: %s\n", why.c_str());
    std::_Exit(4);
  }
  void snapshot(std::string_view moment, std::uint64_t tasks) override {
    moments.push_back(std::string(moment) + " " + std::to_string(tasks));
  }
  void tasks_are_here(std::span<const task_memory> some) override { places.assign(some.begin(), some.end()); }
  void ask_client(const std::string& line) override { client.ask(line); }
  std::optional<client_metrics> client_answer() override { return client.answer(); }
  std::uint64_t steps_for(std::uint64_t work_ns) const override { return work_ns; }
  unsigned cores() const override { return 1; }
  std::size_t stack_bytes() const override { return 1 << 20; }

 private:
  using clock = std::chrono::steady_clock;
  clock::time_point started_;
};

fake_client::lie told = fake_client::lie::none;

template <class W>
recorded_trial run(const parameters& values, fault planted = fault::none) {
  reference::planted = planted;
  recorded_trial t;
  t.client.tells = told;
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
  EXPECT_EQ(t.places.size(), 20u);
}

TEST(Parked, SaysWhereSomeOfItsTasksAre) {
  for (const std::uint64_t n : {1, 2, 63, 64, 65, 100, 127, 128, 129, 1000}) {
    const recorded_trial t = run<parked>({{"n", n}});
    EXPECT_LE(t.places.size(), 64u);
    EXPECT_GE(t.places.size(), std::min<std::size_t>(n, 32));
    std::set<const void*> stacks;
    for (const task_memory& one : t.places) EXPECT_TRUE(stacks.insert(one.stack).second) << n << ": a stack twice";
  }
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
                  "skynet: the (top node sent nothing|sum is [0-9]+, not 4950)");
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

parameters over_time(std::uint64_t depth_bytes) {
  return {{"n", 10}, {"depth_bytes", depth_bytes}, {"idle_ms", 1}};
}

TEST(MemoryOverTime, LooksAtEveryMoment) {
  const recorded_trial t = run<memory_over_time>(over_time(10'000));
  EXPECT_EQ(t.moments, (std::vector<std::string>{"baseline 0", "parked 10", "deep 10", "returned 10", "idle 10",
                                                 "asked 10", "ended 10"}));
  EXPECT_EQ(t.metrics, names{});
}

TEST(MemoryOverTime, IsALimitWhereTheStackHasNoRoom) {
  EXPECT_EXIT((::alarm(30), run<memory_over_time>(over_time(1 << 20)), std::_Exit(0)), testing::ExitedWithCode(4),
              "limit: memory_over_time: a stack of 1048576 bytes has no room for 1048576");
}

TEST(MemoryOverTime, RejectsTasksThatDoNotStayWhereTheyShould) {
  EXPECT_REJECTED(memory_over_time, (over_time(10'000), fault::closes_by_itself),
                  "memory_over_time: parked: [0-9]+ gates passed, not 0");
}

TEST(DeepStack, UsesWhatItSaysAndFindsWhatWasChanged) {
  const char* top = nullptr;
  std::uint64_t used = 0;
  auto look = [&] { used = static_cast<std::uint64_t>(top - static_cast<const char*>(__builtin_frame_address(0))); };
  top = static_cast<const char*>(__builtin_frame_address(0));
  EXPECT_EQ(go_deep(100, 7, look), right_depth_sum(100, 7));
  EXPECT_GE(used, 100 * frame_bytes);
  EXPECT_LT(used, 100 * frame_bytes * 3 / 2 + 16 * 1024);
  EXPECT_NE(right_depth_sum(100, 7), right_depth_sum(100, 8));
}

parameters requests(std::uint64_t n) {
  return {{"n", n}, {"memory_mb", 100}};
}

TEST(Laptop, TakesBothSnapshots) {
  const recorded_trial t = run<laptop>(requests(20));
  EXPECT_EQ(t.moments, (std::vector<std::string>{"baseline 0", "parked 20"}));
  EXPECT_EQ(t.metrics, names{});
}

TEST(Laptop, RejectsTasksThatHaveNotEnded) {
  EXPECT_REJECTED(laptop, (requests(20), fault::wait_returns_early), "laptop: .* of 20 requests");
}

parameters calls(std::uint64_t connections, std::uint64_t pool) {
  return {{"tasks", 40}, {"connections", connections}, {"pool", pool}, {"call_us", 20'000}};
}

TEST(Backend, RefusesWithoutAPoolAndServesAllWithOne) {
  const names all{"errors", "most_in_flight", "ns_per_call"};
  const recorded_trial alone = run<backend>(calls(5, 0));
  EXPECT_EQ(alone.metrics, all);
  EXPECT_GE(alone.values.at("errors"), 1);
  EXPECT_EQ(alone.values.at("most_in_flight"), 5);
  const recorded_trial pooled = run<backend>(calls(5, 5));
  EXPECT_EQ(pooled.metrics, all);
  EXPECT_EQ(pooled.values.at("errors"), 0);
  EXPECT_LE(pooled.values.at("most_in_flight"), 5);
  EXPECT_GE(run<backend>(calls(5, 10)).values.at("errors"), 1) << "a pool that is too large does not help";
}

TEST(Backend, RejectsCallsThatAreMissing) {
  EXPECT_REJECTED(backend, (calls(5, 0), fault::wait_returns_early), "backend: .* of 40");
  EXPECT_REJECTED(backend, (calls(5, 3), fault::values_vanish), "backend: .* of 40");
}

parameters forgotten(std::uint64_t n) {
  return {{"n", n}, {"idle_ms", 1}};
}

TEST(Leaked, LooksTwiceAndLetsTheProcessEnd) {
  const recorded_trial t = run<leaked>(forgotten(10));
  EXPECT_EQ(t.moments, (std::vector<std::string>{"baseline 0", "leaked 10", "aged 10"}));
  EXPECT_EQ(t.metrics, names{"listed"});
  EXPECT_EQ(t.values.at("listed"), 0) << "the reference model lists nobody";
}

TEST(Leaked, RejectsTasksThatGoOn) {
  EXPECT_REJECTED(leaked, (forgotten(10), fault::closes_by_itself), "leaked: 10 tasks went on");
}

TEST(CancelTree, IsNotExpressedWithoutCancellation) {
  EXPECT_THROW(run<cancel_tree>({{"n", 10}, {"fan_out", 3}}), not_expressed);
}

TEST(SmallestTask, FindsWhereHalfOfTheTimeIsWork) {
  const double found = smallest_task::crossing(1000, 0.75, 100, 0.25);
  EXPECT_NEAR(found, 316.2, 0.1);
  EXPECT_NEAR(smallest_task::crossing(1000, 0.5, 100, 0.1), 1000, 1e-6);
  using steps = std::vector<smallest_task::step>;
  EXPECT_FALSE(smallest_task::hopeless(steps{{1000, 0.4}}));
  EXPECT_FALSE(smallest_task::hopeless(steps{{1000, 0.4}, {100, 0.6}, {10, 0.4}}));
  EXPECT_TRUE(smallest_task::hopeless(steps{{1000, 0.9}, {100, 0.4}, {10, 0.3}}));
  EXPECT_EQ(smallest_task::metg_of(steps{{1000, 0.4}, {100, 0.3}}), std::nullopt);
  EXPECT_NEAR(*smallest_task::metg_of(steps{{10000, 0.4}, {1000, 0.75}, {100, 0.25}, {10, 0.1}}), 316.2, 0.1);
  EXPECT_EQ(smallest_task::metg_of(steps{{1000, 0.9}, {100, 0.4}, {10, 0.6}}), 10);
  // A thread a task: far more than a microsecond. The reference model's spin is not calibrated, so no more is said.
  const recorded_trial t = run<smallest_task>({{"total_ms", 5}});
  EXPECT_EQ(t.metrics, names{"metg_ns"});
  EXPECT_GE(t.values.at("metg_ns"), 10);
  EXPECT_LT(t.values.at("metg_ns"), 1e6);
}

TEST(SmallestTask, RejectsWorkThatIsMissing) {
  EXPECT_REJECTED(smallest_task, ({{"total_ms", 5}}, fault::wait_returns_early), "smallest_task: the results add up");
}

parameters waits(std::uint64_t n) {
  return {{"n", n}, {"wait_ms", 20}};
}

TEST(WaitsInParallel, TakesAboutOneWait) {
  const recorded_trial t = run<waits_in_parallel>(waits(20));
  EXPECT_EQ(t.metrics, (names{"times_the_wait", "held_up_ns"}));
  EXPECT_GE(t.values.at("times_the_wait"), 1);
  EXPECT_LT(t.values.at("times_the_wait"), 20) << "one after the other";
}

TEST(WaitsInParallel, RejectsWaitsThatAreTooShort) {
  EXPECT_REJECTED(waits_in_parallel, (waits(20), fault::sleeps_too_short), "waits_in_parallel: 0 of 20");
}

parameters updates(std::uint64_t tasks) {
  return {{"tasks", tasks}, {"updates", 1000}};
}

TEST(SharedTable, IsRightHoweverItIsShared) {
  for (const std::uint64_t tasks : {1, 3, 2000}) {
    EXPECT_EQ(run<shared_by_mutex>(updates(tasks)).metrics, names{"ns_per_update"}) << tasks;
    EXPECT_EQ(run<shared_by_channel>(updates(tasks)).metrics, names{"ns_per_update"}) << tasks;
  }
}

TEST(SharedTable, RejectsUpdatesThatAreMissingRepeatedOrWrong) {
  EXPECT_REJECTED(shared_by_mutex, (updates(8), fault::wait_returns_early), "shared_by_mutex: place .* holds");
  EXPECT_REJECTED(shared_by_channel, (updates(8), fault::values_vanish), "shared_by_channel: place .* holds");
  EXPECT_REJECTED(shared_by_channel, (updates(8), fault::values_repeat), "shared_by_channel: place .* holds");
  EXPECT_REJECTED(shared_by_channel, (updates(8), fault::values_change), "shared_by_channel: place .* holds");
}

const names latencies{"p50_ns", "p90_ns", "p99_ns", "p999_ns", "clock_ns"};

TEST(Latency, IsReportedByPercentiles) {
  const recorded_trial hand_off = run<hand_off_latency>({{"samples", 50}});
  EXPECT_EQ(hand_off.metrics, latencies);
  EXPECT_LE(hand_off.values.at("p50_ns"), hand_off.values.at("p999_ns"));
  EXPECT_EQ(run<wake_latency>({{"samples", 50}, {"gap_us", 20}}).metrics, latencies);
  EXPECT_EQ(run<timer_error>({{"samples", 50}, {"delay_us", 20}}).metrics, latencies);
}

TEST(Latency, RejectsWhatIsNotWhatWasSent) {
  EXPECT_REJECTED(hand_off_latency, ({{"samples", 50}}, fault::values_change), "hand_off_latency: not the times");
  EXPECT_REJECTED(wake_latency, ({{"samples", 50}, {"gap_us", 20}}, fault::values_change),
                  "wake_latency: not the times");
  EXPECT_REJECTED(timer_error, ({{"samples", 50}, {"delay_us", 20'000}}, fault::sleeps_too_short),
                  "timer_error: a sleep was [0-9]+ ns too short");
}

parameters served(std::uint64_t connections, std::uint64_t route) {
  return {{"connections", connections}, {"route", route}, {"share_percent", 50}};
}

TEST(EchoServer, AsksForAMeasurementAndReportsTheClientsMetrics) {
  const char* const paths[] = {"/", "/wait", "/work"};
  for (const std::uint64_t route : {0, 1, 2}) {
    const recorded_trial t = run<echo_server>(served(7, route));
    EXPECT_EQ(t.metrics, (names{"requests_per_s", "at50_p50_us"})) << route;
    EXPECT_EQ(t.parts, 1);
    ASSERT_EQ(t.client.asked.size(), 1u);
    const auto& line = t.client.asked[0];
    EXPECT_TRUE(line.starts_with("measure " + std::to_string(::getpid()) + " ")) << line;
    EXPECT_TRUE(line.ends_with(std::string(" 7 ") + paths[route] + " 50")) << line;
    EXPECT_EQ(t.client.answers, 7u) << "each connection was asked over once, and answered well";
  }
}

TEST(EchoServer, TakesNoOtherValues) {
  EXPECT_THROW(echo_server(served(0, 0)), std::invalid_argument);
  EXPECT_THROW(echo_server(served(1, 3)), std::invalid_argument);
  EXPECT_THROW(echo_server({{"connections", 1}, {"route", 0}, {"share_percent", 101}}), std::invalid_argument);
}

/// As EXPECT_REJECTED does it, with a client that lies.
template <class W>
void run_with(fake_client::lie lie, const parameters& values, fault planted = fault::none) {
  ::alarm(30);
  told = lie;
  run<W>(values, planted);
  std::_Exit(0);
}

TEST(EchoServer, RejectsAnswersThatTheServerHasNotGiven) {
  EXPECT_EXIT(run_with<echo_server>(fake_client::lie::one_answer_more, served(7, 0)), testing::ExitedWithCode(3),
              "rejected: echo_server: the client counts 8 answers, the server 7");
}

TEST(EchoServer, RejectsWaitsThatAreTooShort) {
  EXPECT_EXIT(run_with<echo_server>(fake_client::lie::none, served(7, 1), fault::sleeps_too_short),
              testing::ExitedWithCode(3), "rejected: echo_server: half of the requests waited less than 5 ms");
}

TEST(IdleConnections, TakesBothSnapshots) {
  const recorded_trial t = run<idle_connections>({{"n", 20}});
  EXPECT_EQ(t.moments, (std::vector<std::string>{"baseline 0", "connected 20"}));
  EXPECT_EQ(t.metrics, names{});
  EXPECT_EQ(t.client.answers, 36u) << "and sixteen before the baseline";
}

TEST(IdleConnections, RejectsConnectionsThatAreNotThere) {
  EXPECT_EXIT(run_with<idle_connections>(fake_client::lie::one_connection_less, {{"n", 20}}),
              testing::ExitedWithCode(3), "rejected: idle_connections: 19 connections are open, not 20");
}

TEST(IdleConnections, AreLimitedByTheDescriptorsThatThereMayBe) {
  EXPECT_EXIT(run_with<idle_connections>(fake_client::lie::none, {{"n", 2'000'000'000}}), testing::ExitedWithCode(4),
              "limit: open files: this process may have [0-9]+ .*2000000064");
}

TEST(Percentile, IsTheNearestRank) {
  std::vector<int> hundred(100);
  std::iota(hundred.begin(), hundred.end(), 1);
  EXPECT_EQ(percentile(hundred, 1), 1);
  EXPECT_EQ(percentile(hundred, 50), 50);
  EXPECT_EQ(percentile(hundred, 99), 99);
  EXPECT_EQ(percentile(hundred, 100), 100);
  EXPECT_EQ(percentile(std::vector{7}, 50), 7);
  EXPECT_EQ(per_mille(hundred, 999), 100);
  EXPECT_EQ(per_mille(hundred, 990), 99);
  EXPECT_EQ(per_mille(hundred, 991), 100);
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
  EXPECT_THROW(memory_over_time(over_time(0)), std::invalid_argument);
  EXPECT_THROW(laptop(requests(0)), std::invalid_argument);
  EXPECT_THROW(backend(calls(0, 0)), std::invalid_argument);
  EXPECT_THROW(leaked(forgotten(0)), std::invalid_argument);
  EXPECT_THROW(cancel_tree({{"n", 1}, {"fan_out", 0}}), std::invalid_argument);
  EXPECT_THROW(smallest_task({{"total_ms", 0}}), std::invalid_argument);
  EXPECT_THROW(waits_in_parallel(waits(0)), std::invalid_argument);
  EXPECT_THROW(shared_by_mutex(updates(0)), std::invalid_argument);
  EXPECT_THROW(shared_by_channel(updates(0)), std::invalid_argument);
  EXPECT_THROW(hand_off_latency({{"samples", 0}}), std::invalid_argument);
  EXPECT_THROW(wake_latency({{"samples", 1}, {"gap_us", 0}}), std::invalid_argument);
  EXPECT_THROW(timer_error({{"samples", 1}, {"delay_us", 0}}), std::invalid_argument);
}

}  // namespace
}  // namespace threadmark::workloads
