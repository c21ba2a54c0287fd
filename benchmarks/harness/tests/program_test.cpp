// The whole program, from outside: flags, outcomes, JSON.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "child.hpp"
#include "model.hpp"
#include "sanitized.hpp"

namespace threadmark::harness {
namespace {

using nlohmann::json;

const std::string small_cell = "--cell=ping_pong/capacity:1";
const std::string short_time = "--benchmark_min_time=0.001";

/// What the program wrote to --benchmark_out.
json results_of(std::vector<std::string> arguments) {
  const std::string path = testing::TempDir() + "out_" + std::to_string(::getpid()) + ".json";
  arguments.push_back("--benchmark_out=" + path);
  arguments.push_back("--benchmark_out_format=json");
  const ended end = run_reference(arguments);
  EXPECT_EQ(end.exit_code, 0) << end.err;
  std::ifstream file(path);
  json document = json::parse(file, nullptr, false);
  ::unlink(path.c_str());
  EXPECT_FALSE(document.is_discarded());
  return document;
}

void expect_bad_input(const std::vector<std::string>& arguments, const std::string& part) {
  const ended end = run_reference(arguments);
  EXPECT_EQ(end.exit_code, 2) << arguments.back();
  EXPECT_EQ(std::count(end.err.begin(), end.err.end(), '\n'), 1) << end.err;
  EXPECT_NE(end.err.find(part), std::string::npos) << end.err;
  EXPECT_EQ(end.out, "");
}

TEST(Flags, SoManyIterationsAsAskedFor) {
  const json report = results_of({small_cell, "--cell=parked/n:10", "--benchmark_min_time=7x"});
  EXPECT_EQ(report.at("benchmarks").at(0).at("iterations"), 7);
  EXPECT_EQ(report.at("benchmarks").at(1).at("iterations"), 1) << "once, cold";
}

TEST(Flags, UnknownOnesAreRefusedInOneLine) {
  expect_bad_input({"--coers=2"}, "unknown flag '--coers=2'; known: --cores=K, --cell=NAME,");
  expect_bad_input({"--benchmark_filtre=x"}, "--benchmark_filter=REGEX");
  expect_bad_input({"ping_pong"}, "unknown flag 'ping_pong'; known:");
  expect_bad_input({"--"}, "unknown flag '--'");
}

TEST(Flags, ImpossibleValuesAreRefusedInOneLine) {
  for (const char* cores : {"0", "", "-1", "two", "1.5", "99999999999"})
    expect_bad_input({std::string("--cores=") + cores}, "--cores takes a whole number from 1");
  expect_bad_input({"--spin_steps_per_us=0"}, "--spin_steps_per_us takes a whole number from 1");
  expect_bad_input({"--variant=best"}, "unknown variant 'best'; known: wait_returns_early, ");
  expect_bad_input({"--cell=ping_pong/capacity:x"}, "the value 'x' of capacity is not a whole number");
  expect_bad_input({"--cell=pingpong"}, "unknown workload 'pingpong'; known: spawn_join, parked, ");
  expect_bad_input({"--cell=skynet/leaves:11"}, "skynet/leaves:11: leaves must be a power of ten");
  expect_bad_input({"--cell=select_fan_in/producers:3/capacity:0"}, "producers must divide 8192");
  expect_bad_input({"--cell="}, "--cell takes a value");
  for (const char* percent : {"0", "101", "-1", "2.5", "", "five"})
    expect_bad_input({std::string("--slow_by_percent=") + percent},
                     "--slow_by_percent takes a whole number from 1 to 100");
  for (const char* fds : {"", "1", "1,", "77,78", "a,b", "0,1,2"})
    expect_bad_input({std::string("--ledger_fds=") + fds}, "--ledger_fds takes two open file descriptors R,W");
  expect_bad_input({"--benchmark_min_time=0"}, "--benchmark_min_time takes a time in seconds above 0");
  expect_bad_input({"--benchmark_min_time=0x"}, "or a number of iterations as 100x, not '0x'");
  expect_bad_input({"--benchmark_min_time=1.5x"}, "--benchmark_min_time takes a time in seconds above 0");
  expect_bad_input({"--benchmark_repetitions=0"}, "--benchmark_repetitions takes a whole number from 1");
  expect_bad_input({"--benchmark_out_format=csv"}, "--benchmark_out_format takes json, not 'csv'");
  expect_bad_input({"--benchmark_format=csv"}, "--benchmark_format takes console or json");
  expect_bad_input({"--benchmark_out=/no/such/folder/x.json"}, "--benchmark_out takes a file that can be written");
  expect_bad_input({"--benchmark_filter=("}, "--benchmark_filter takes a regular expression, not '('");
  expect_bad_input({small_cell, "--benchmark_filter=skynet"}, "matches none of the cells: ping_pong/capacity:1");
}

TEST(Flags, ListsStandardCellsByTheirNames) {
  const ended all = run_reference({"--benchmark_list_tests"});
  EXPECT_EQ(all.exit_code, 0);
  EXPECT_NE(all.out.find("\nworker_pool/workers:5/capacity:128/jobs:100000/work_ns:0\n"), std::string::npos);
  const ended some = run_reference({"--benchmark_list_tests=true", "--benchmark_filter=^ping_pong/.*:(0|1)$"});
  EXPECT_EQ(some.out, "ping_pong/capacity:0\nping_pong/capacity:1\n");
  const ended one = run_reference({"--benchmark_list_tests", "--cell=ping_pong/capacity:42"});
  EXPECT_EQ(one.out, "ping_pong/capacity:42\n");
}

TEST(Flags, HelpNamesEveryFlag) {
  const ended end = run_reference({"--help"});
  EXPECT_EQ(end.exit_code, 0);
  for (const char* flag :
       {"--cores=K", "--cell=NAME", "--variant=NAME", "--spin_steps_per_us=N", "--ledger_fds=R,W",
        "--slow_by_percent=P", "--capabilities", "--benchmark_filter=REGEX", "--benchmark_list_tests"})
    EXPECT_NE(end.out.find(flag), std::string::npos) << flag;
}

TEST(Program, PrintsItsCapabilities) {
  const ended end = run_reference({"--capabilities"});
  EXPECT_EQ(end.exit_code, 0);
  const json document = json::parse(end.out);
  EXPECT_EQ(document["model"], "reference");
  EXPECT_EQ(document["model_version"], "1");
  EXPECT_TRUE(document["variants"].is_array());
  EXPECT_EQ(document["capabilities"].size(), std::size(all_capabilities));
  EXPECT_EQ(document["capabilities"]["go"]["label"], "native");
  EXPECT_EQ(document["capabilities"]["select"]["by"], "one lock");
}

TEST(Program, WritesWhatTheProtocolPromises) {
  const json document = results_of({"--cell=worker_pool/workers:2/capacity:4/jobs:50/work_ns:2000", short_time,
                                    "--spin_steps_per_us=10", "--cores=1"});
  for (const char* key : {"model", "model_version", "variant", "compiler", "compiler_flags", "build_type"})
    EXPECT_TRUE(document["context"].contains(key)) << key;
  EXPECT_EQ(document["context"]["model"], "reference");
  ASSERT_EQ(document["benchmarks"].size(), 1u);
  const json& entry = document["benchmarks"][0];
  EXPECT_EQ(entry["name"], "worker_pool/workers:2/capacity:4/jobs:50/work_ns:2000");
  EXPECT_EQ(entry["run_name"], entry["name"]);
  EXPECT_EQ(entry["label"], "composed");
  EXPECT_EQ(entry["time_unit"], "ns");
  EXPECT_GT(entry["ns_per_job"], 0.0);
  // Wall-clock time of an iteration, from the same clock as the metric.
  EXPECT_NEAR(entry["real_time"].get<double>() / (entry["ns_per_job"].get<double>() * 50), 1, 1e-6);
  EXPECT_EQ(entry["effective_cores"], 1.0);
  EXPECT_GE(entry["effective_os_threads"], 2.0);
  EXPECT_EQ(entry["effective_stack_bytes"], 8388608.0);
  EXPECT_EQ(entry["effective_spin_steps_per_us"], 10.0);
}

TEST(Program, SaysHowMuchItWasSlowedAndNothingOtherwise) {
  const json slowed = results_of({small_cell, short_time, "--slow_by_percent=7"});
  EXPECT_EQ(slowed["benchmarks"][0]["effective_slow_by_percent"], 7.0);
  const json plain = results_of({small_cell, short_time});
  EXPECT_FALSE(plain["benchmarks"][0].contains("effective_slow_by_percent"));
}

TEST(Program, RepetitionsKeepTheNameClean) {
  const json document = results_of({small_cell, short_time, "--benchmark_repetitions=2"});
  ASSERT_GE(document["benchmarks"].size(), 4u);
  EXPECT_EQ(document["benchmarks"][0]["name"], "ping_pong/capacity:1");
  EXPECT_EQ(document["benchmarks"][2]["name"], "ping_pong/capacity:1_mean");
}

TEST(Program, RunsSeveralCellsInOneProcess) {
  const json document = results_of({small_cell, "--cell=spawn_join/n:5", "--cell=parked/n:5", short_time});
  ASSERT_EQ(document["benchmarks"].size(), 3u);
  EXPECT_TRUE(document["benchmarks"][1].contains("ns_per_task"));
  EXPECT_EQ(document["benchmarks"][2]["name"], "parked/n:5");
  EXPECT_EQ(document["benchmarks"][2]["iterations"], 1);
  EXPECT_TRUE(document["benchmarks"][2].contains("create_ns_per_task"));
  EXPECT_TRUE(document["benchmarks"][2].contains("wake_ns_per_task"));
}

TEST(Program, PrintsJsonOrATable) {
  const ended as_json = run_reference({small_cell, short_time, "--benchmark_format=json"});
  EXPECT_EQ(json::parse(as_json.out)["benchmarks"][0]["name"], "ping_pong/capacity:1");
  const ended as_table = run_reference({small_cell, short_time});
  EXPECT_NE(as_table.out.find("\nping_pong/capacity:1 "), std::string::npos) << as_table.out;
}

void expect_outcome(const std::vector<std::string>& arguments, const std::string& line) {
  const ended end = run_reference(arguments);
  EXPECT_EQ(end.exit_code, 3) << end.err;
  // A planted fault may be a data race, and ThreadSanitizer then has the last word.
  if (sanitized)
    EXPECT_NE(("\n" + end.err).find("\n" + line), std::string::npos) << end.err;
  else
    EXPECT_EQ(end.last_error_line().substr(0, line.size()), line) << end.err;
}

TEST(Program, EndsWithAnOutcome) {
  expect_outcome({"--cell=spawn_join/n:20", "--variant=wait_returns_early"}, "threadmark: wrong_answer: spawn_join: ");
  expect_outcome({"--cell=spawn_join/n:20", "--variant=refuses_tasks"},
                 "threadmark: limit: made-up call: EAGAIN at 4 threads; ");
  // Refused while other tasks are blocked for ever: nobody may wait for those.
  expect_outcome({"--cell=parked/n:20", "--variant=refuses_tasks"},
                 "threadmark: limit: made-up call: EAGAIN at 4 threads; ");
  expect_outcome({"--cell=skynet/leaves:100", "--variant=refuses_tasks"},  // refused in a task, not in the root
                 "threadmark: limit: made-up call: EAGAIN at 4 threads; ");
  expect_outcome({"--cell=spawn_join/n:20", "--variant=has_no_memory"}, "threadmark: limit: memory: std::bad_alloc; ");
  expect_outcome({"--cell=select_fan_in/producers:4/capacity:0", "--variant=cannot_select"},
                 "threadmark: unsupported: select: a made-up reason");
  expect_outcome({"--cell=spawned/n:5", "--variant=cannot_hold"},
                 "threadmark: unsupported: held_start: a made-up configuration");
  expect_outcome({"--cell=spawned/n:5", "--variant=held_tasks_run"}, "threadmark: wrong_answer: spawned: 5 of 5 ");
  expect_outcome({"--cell=idle/n:2/window_ms:50", "--variant=sleeps_too_short"}, "threadmark: wrong_answer: idle: ");
  expect_outcome({"--cell=sleep_beside_spin/spin_ms:100", "--variant=sleeps_too_short"},
                 "threadmark: wrong_answer: sleep_beside_spin: ");
  expect_outcome({small_cell, "--cores=8000"}, "threadmark: misconfigured: --cores=8000, but this process may use ");
}

TEST(Program, ACrashShowsItsSignal) {
  const ended aborted = run_reference({"--cell=spawn_join/n:20", "--variant=aborts"});
  EXPECT_EQ(aborted.signal, SIGABRT) << aborted.err;
  const ended thrown = run_reference({"--cell=spawn_join/n:20", "--variant=throws_in_task"});
  EXPECT_EQ(thrown.signal, SIGABRT);
  EXPECT_EQ(thrown.last_error_line(), "threadmark: uncaught exception: a made-up failure in a task");
}

/// What the program tells a ledger that answers everything with "ok".
std::string told_to_the_ledger(const std::string& cell) {
  int to_program[2];
  int to_ledger[2];
  EXPECT_EQ(::pipe2(to_program, O_CLOEXEC), 0);
  EXPECT_EQ(::pipe2(to_ledger, O_CLOEXEC), 0);
  std::string heard;
  std::thread ledger([&] {
    char byte = 0;
    while (::read(to_ledger[0], &byte, 1) == 1) {
      heard += byte;
      if (byte == '\n') {
        EXPECT_EQ(::write(to_program[1], "ok\n", 3), 3);
      }
    }
  });
  const ended end = run_reference({"--cell=" + cell, "--ledger_fds=8,9"}, std::pair{to_program[0], to_ledger[1]});
  ::close(to_ledger[1]);
  ledger.join();
  EXPECT_EQ(end.exit_code, 0) << end.err;
  return heard;
}

TEST(Program, TellsTheLedgerWhenToLook) {
  const std::string parked = told_to_the_ledger("parked/n:7");
  EXPECT_EQ(parked.find("snapshot baseline 0\nstack "), 0u);
  EXPECT_NE(parked.find("\nsnapshot parked 7\n"), std::string::npos);
  EXPECT_EQ(std::ranges::count(parked, '\n'), 9) << "two moments and seven stacks:\n" << parked;
  EXPECT_EQ(told_to_the_ledger("spawned/n:7"), "snapshot baseline 0\nsnapshot spawned 7\n");
}

TEST(Program, ALedgerThatIsGoneIsMisconfigured) {
  int to_program[2];
  int to_ledger[2];
  ASSERT_EQ(::pipe2(to_program, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(to_ledger, O_CLOEXEC), 0);
  ::close(to_ledger[0]);
  const ended end = run_reference({"--cell=parked/n:7", "--ledger_fds=8,9"}, std::pair{to_program[0], to_ledger[1]});
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(end.last_error_line().find("threadmark: misconfigured: the memory ledger"), 0u);
}

}  // namespace
}  // namespace threadmark::harness
