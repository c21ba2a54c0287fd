#include "trial/outcome.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include "plan/catalog.hpp"
#include "trial/contenders.hpp"

namespace threadmark::conductor {
namespace {

constexpr int exited(int code) {
  return code << 8;
}

struct outcome_test : testing::Test {
  outcome_test() {
    what.what = known.find("ping_pong");
    what.params = {{"capacity", 0}};
    what.cores = 2;
    asked = {&what, parse_model("good"), "1.0", 30, std::nullopt};
    seen.raw = raw().dump();
  }

  nlohmann::json raw() const {
    return {{"context", {{"model", "good"}, {"model_version", "1.0"}, {"variant", ""}}},
            {"benchmarks",
             {{{"name", "ping_pong/capacity:0"},
               {"run_type", "iteration"},
               {"label", "native"},
               {"real_time", 3.5},
               {"ns_per_round_trip", 97.1},
               {"effective_cores", 2.0},
               {"effective_stack_bytes", 262144.0},
               {"unknown_counter", 1}}}}};
  }

  verdict with(const nlohmann::json& other) {
    seen.raw = other.dump();
    return judge(asked, seen);
  }

  verdict ended(int status, const std::string& errors = "") {
    seen.end.status = status;
    seen.end.errors = errors;
    return judge(asked, seen);
  }

  catalog known = read_catalog(THREADMARK_DATA);
  cell what;
  asked_of_trial asked;
  seen_of_trial seen;
};

TEST_F(outcome_test, ok_has_the_catalogues_metrics_and_no_others) {
  const auto v = judge(asked, seen);
  EXPECT_EQ(v.outcome, "ok") << v.reason;
  EXPECT_EQ(v.expressed, "native");
  EXPECT_EQ(v.metrics.dump(), R"({"ns_per_round_trip":{"value":97.1,"unit":"ns","better":"lower"}})");
  EXPECT_EQ(v.effective.dump(), R"({"cores":2,"stack_bytes":262144})");
}

TEST_F(outcome_test, a_told_outcome_needs_exit_code_3_and_a_known_word) {
  auto v = ended(exited(3), "noise\nthreadmark: limit: pthread_create: EAGAIN at 32448 threads\n");
  EXPECT_EQ(v.outcome, "limit");
  EXPECT_EQ(v.reason, "pthread_create: EAGAIN at 32448 threads");
  EXPECT_TRUE(v.metrics.empty());
  EXPECT_EQ(ended(exited(3), "threadmark: wrong_answer: 41\n").outcome, "wrong_answer");
  EXPECT_EQ(ended(exited(3), "threadmark: misconfigured: x\n").outcome, "misconfigured");
  EXPECT_EQ(ended(exited(3), "threadmark: unsupported: x\n").expressed, "unsupported");
  EXPECT_EQ(ended(exited(3), "threadmark: ok: x\n").outcome, "crash");
  EXPECT_EQ(ended(exited(3), "threadmark: limit: \n").outcome, "crash");
  EXPECT_EQ(ended(exited(3), "threadmark: limit: x\nand then more\n").outcome, "crash");
  EXPECT_EQ(ended(exited(1), "threadmark: limit: x\n").outcome, "crash");
  EXPECT_EQ(ended(SIGABRT, "threadmark: limit: x\n").outcome, "crash");
}

TEST_F(outcome_test, a_crash_has_the_signals_name_and_the_end_of_standard_error) {
  auto v = ended(SIGSEGV, "one\ntwo\n");
  EXPECT_EQ(v.outcome, "crash");
  EXPECT_EQ(v.reason, "SIGSEGV: one | two");
  EXPECT_EQ(ended(exited(2)).reason, "exit code 2; nothing on standard error");
}

TEST_F(outcome_test, a_go_crash_is_told_by_its_first_paragraph_not_by_the_goroutines_after_it) {
  const std::string dump = "\n\ngoroutine 1 [running]:\nmain.main()\n" + std::string(3000, 'g') + "\n";
  EXPECT_EQ(ended(exited(2), "note\nfatal error: all goroutines are asleep - deadlock!" + dump).reason,
            "exit code 2: fatal error: all goroutines are asleep - deadlock!");
  EXPECT_EQ(ended(exited(2), "panic: a\n\tpanic: b" + dump).reason, "exit code 2: panic: a |  panic: b");
  EXPECT_EQ(ended(exited(2), "no panic: here\nend").reason, "exit code 2: no panic: here | end");
  EXPECT_EQ(ended(exited(2), "panic: cut").reason, "exit code 2: panic: cut");
}

TEST_F(outcome_test, mn_says_why_first_and_then_prints_its_tasks) {
  const std::string tasks = "\n\nruntime 1: 2 workers\n\ntask 1 [channel receive] spawned at a.cpp:1\n";
  EXPECT_EQ(ended(SIGABRT, "Running bench_mn\nmn: all tasks are asleep: deadlock" + tasks).reason,
            "SIGABRT: mn: all tasks are asleep: deadlock");
}

TEST_F(outcome_test, what_we_ended_is_told_by_why) {
  seen.end.by = ended_by::time_limit;
  auto v = ended(SIGKILL);
  EXPECT_EQ(v.outcome, "timeout");
  EXPECT_EQ(v.reason, "no result within 30 s; killed");
  seen.end.by = ended_by::memory_limit;
  asked.memory_limit_bytes = 8'000'000'000;
  v = ended(SIGKILL);
  EXPECT_EQ(v.outcome, "limit");
  EXPECT_NE(v.reason.find("8 GB"), std::string::npos) << v.reason;
}

TEST_F(outcome_test, the_kernels_kill_for_memory_is_a_limit_and_another_crash_at_that_time_is_not) {
  seen.killed_for_memory = true;
  EXPECT_EQ(ended(SIGKILL).outcome, "limit");
  EXPECT_EQ(ended(SIGSEGV).outcome, "crash");
  EXPECT_EQ(ended(exited(0)).outcome, "ok");
  seen.killed_for_memory = false;
  EXPECT_EQ(ended(SIGKILL).outcome, "crash");
}

TEST_F(outcome_test, no_json_or_bad_json_is_a_crash_with_the_end_of_standard_error) {
  seen.end.errors = "something is off";
  for (const std::optional<std::string>& text :
       {std::optional<std::string>(), std::optional<std::string>(""), std::optional<std::string>("{\"a\":"),
        std::optional<std::string>("[]"), std::optional<std::string>("{}")}) {
    seen.raw = text;
    const auto v = judge(asked, seen);
    EXPECT_EQ(v.outcome, "crash");
    EXPECT_NE(v.reason.find("something is off"), std::string::npos) << v.reason;
  }
  seen.raw = std::nullopt;
  EXPECT_EQ(judge(asked, seen).reason, "contender printed no JSON: something is off");
}

TEST_F(outcome_test, finds_the_cell_by_its_whole_name) {
  auto other = raw();
  other["benchmarks"][0]["name"] = "ping_pong/capacity:0/iterations:1";
  EXPECT_EQ(with(other).outcome, "ok");
  other["benchmarks"][0]["name"] = "ping_pong/capacity:01";
  EXPECT_EQ(with(other).outcome, "crash");
  other = raw();
  other["benchmarks"][0]["run_type"] = "aggregate";
  EXPECT_EQ(with(other).outcome, "crash");
  other = raw();
  other["benchmarks"][0]["error_occurred"] = true;
  other["benchmarks"][0]["error_message"] = "no luck";
  EXPECT_NE(with(other).reason.find("no luck"), std::string::npos);
}

TEST_F(outcome_test, another_configuration_than_asked_for_is_misconfigured_and_gives_no_number) {
  const auto check = [&](const nlohmann::json& other, const std::string& words) {
    const auto v = with(other);
    EXPECT_EQ(v.outcome, "misconfigured") << words;
    EXPECT_NE(v.reason.find(words), std::string::npos) << v.reason;
    EXPECT_TRUE(v.metrics.empty());
  };
  auto other = raw();
  other["benchmarks"][0]["effective_cores"] = 1;
  check(other, "asked for 2 cores, 1 in effect");
  other["benchmarks"][0].erase("effective_cores");
  check(other, "effective_cores");
  other = raw();
  other["context"]["variant"] = "guarded";
  check(other, "asked for variant none, it is 'guarded'");
  other = raw();
  other["context"]["model"] = "better";
  check(other, "'better'");
  other = raw();
  other["context"]["model_version"] = "2.0";
  check(other, "now it is 2.0");
}

TEST_F(outcome_test, a_missing_metric_or_label_is_a_crash) {
  auto other = raw();
  other["benchmarks"][0].erase("ns_per_round_trip");
  auto v = with(other);
  EXPECT_EQ(v.outcome, "crash");
  EXPECT_EQ(v.reason, "contender gave no ns_per_round_trip");
  other = raw();
  other["benchmarks"][0].erase("label");
  EXPECT_EQ(with(other).outcome, "crash");
}

TEST_F(outcome_test, the_ledgers_metrics_come_from_the_ledger_alone) {
  what.what = known.find("parked");
  what.params = {{"n", 10}};
  auto other = raw();
  auto& entry = other["benchmarks"][0];
  entry["name"] = "parked/n:10";
  entry["create_ns_per_task"] = 1;
  entry["wake_ns_per_task"] = 2;
  entry["bytes_per_task"] = 99;  // not the contender's to give
  ledger::parts parts{1000, 0, 0, 0, 5000, {}};
  ledger::session session([&](std::string&) {
    return std::optional(ledger::snapshot{std::exchange(parts, {3000, 100, 0, 0, 25000, {}}), {}});
  });
  seen.ledger = &session;
  auto v = with(other);
  EXPECT_EQ(v.outcome, "ok") << v.reason;
  EXPECT_FALSE(v.metrics.contains("bytes_per_task"));
  session.feed("snapshot baseline 0\nsnapshot parked 10\n");
  v = with(other);
  EXPECT_EQ(v.metrics.at("bytes_per_task").at("value"), 210);
  EXPECT_EQ(v.metrics.at("bytes_per_task.reserved").at("value"), 2000);
  EXPECT_EQ(v.metrics.at("bytes_per_task").at("unit"), "B");
}

TEST(expressed, is_the_weakest_label_of_what_the_cell_uses) {
  const auto known = read_catalog(THREADMARK_DATA);
  contender c;
  for (const char* name : {"go", "wait_group", "select"}) c.capabilities.push_back({name, {"native", ""}});
  c.capabilities.push_back({"unbuffered_channel", {"composed", ""}});
  c.capabilities.push_back({"buffered_channel", {"native", ""}});
  EXPECT_EQ(expressed({known.find("ping_pong"), {{"capacity", 0}}, 1, {}}, c), "composed");
  EXPECT_EQ(expressed({known.find("ping_pong"), {{"capacity", 1}}, 1, {}}, c), "native");
  EXPECT_EQ(expressed({known.find("skynet"), {{"leaves", 10}}, 1, {}}, c), "composed");
  c.capabilities[0].second.label = "unsupported";
  EXPECT_EQ(expressed({known.find("skynet"), {{"leaves", 10}}, 1, {}}, c), "unsupported");
  c.capabilities.clear();
  EXPECT_EQ(expressed({known.find("skynet"), {{"leaves", 10}}, 1, {}}, c), "");
}

}  // namespace
}  // namespace threadmark::conductor
