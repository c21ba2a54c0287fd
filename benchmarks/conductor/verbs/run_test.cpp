// The program as a whole, from outside, with contenders that misbehave.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "machine/cpu.hpp"
#include "plan/plan.hpp"
#include "tests/lab.hpp"
#include "verbs/needs.hpp"

namespace threadmark::conductor::test {
namespace {

/// The one line that every refusal is.
void expect_refused(const ran& r, const std::string& part) {
  EXPECT_EQ(r.code, 2) << r.errors;
  EXPECT_NE(r.errors.find(part), std::string::npos) << r.errors;
  EXPECT_EQ(std::ranges::count(r.errors, '\n'), 1) << r.errors;
}

TEST(needs, are_those_of_the_models_that_run) {
  const auto known = read_catalog(THREADMARK_DATA);
  const auto profiles = read_profiles(THREADMARK_DATA, known);
  const auto of = [&](const char* model) {
    settings s;
    s.models = {model};
    return needs_of(make_plan(known, find_profile(profiles, "quick"), s, {2, {}}));
  };
  EXPECT_EQ(of("mn").most_threads, 0);
  EXPECT_EQ(of("mn").most_guarded, 0);
  EXPECT_EQ(of("tbb").most_threads, 0);
  EXPECT_EQ(of("tbb").most_guarded, 100'000);
  EXPECT_EQ(of("os_threads").most_threads, 100'000);
  EXPECT_EQ(of("mn").most_connections, 1000);
  EXPECT_TRUE(of("mn").cpu_shares);
  EXPECT_FALSE(of("tbb").cpu_shares);
}

TEST(run, records_every_trial_of_the_plan) {
  const lab lab;
  lab.profile({"good"}, {{"again", "good"},
                         {"cells", {{"ping_pong", {{{"capacity", {0}}}}}, {"parked", {{{"n", {100, 1000}}}}}}}});
  const auto r = lab.run({"--seed=5"});
  ASSERT_EQ(r.code, 0) << r.errors;
  const auto trials = lab.trials();
  ASSERT_GE(trials.size(), 12u);  // more where the hypervisor stole time and a trial was run again
  EXPECT_NE(r.out.find(std::to_string(trials.size()) + " ok"), std::string::npos) << r.out;
  for (const auto& t : trials) {
    EXPECT_EQ(t.at("outcome"), "ok") << t;
    EXPECT_EQ(nlohmann::json::parse(read(lab.out() / "latest" / t.at("raw"))).at("context").at("model"), "good");
    if (t.at("workload") != "parked") continue;
    EXPECT_NEAR(t.at("metrics").at("bytes_per_task.resident").at("value").get<double>(), 10000, 500);
    EXPECT_EQ(t.at("ledger").at("n"), t.at("params").at("n"));
    EXPECT_TRUE(t.at("ledger").at("sources").contains("kernel_slab"));
  }
  const auto environment = lab.environment();
  EXPECT_EQ(environment.at("plan"), (nlohmann::json{{"cells", 6}, {"trials", 12}}));
  EXPECT_EQ(environment.at("seed"), 5);
  EXPECT_EQ(environment.at("models").at("good").at("capabilities").at("select").at("label"), "composed");
  EXPECT_TRUE(std::filesystem::is_symlink(lab.out() / "latest"));
}

/// A lab with one server workload, and `client` in the place of the program that loads servers.
struct server_lab : lab {
  explicit server_lab(const std::string& client) {
    contenders({"inspector"});
    profile({"good", "inspector"}, {{"blocks", 1}, {"cells", {{"idle_connections", {{{"n", {100}}}}}}}});
    if (client.empty()) return;
    const auto program = bin() / "threadmark_load";
    write(program, "#!/bin/sh\necho \"$$ $*\" >> \"" + seen().string() + "\"\n" + client);
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }
  /// A line for each client: its process and its arguments.
  std::filesystem::path seen() const { return path() / "clients"; }
};

TEST(run, starts_a_client_beside_a_server_on_the_other_cpus) {
  if (allowed_cpus().size() < 2) GTEST_SKIP() << "one CPU: none is left for a client";
  // The second line is that of a client which notices that nobody is there any more.
  const server_lab lab(
      "while read -r what port process; do [ \"$what\" = hold ] || exit 1; echo ok; done\n"
      "echo over >> \"$0.over\"\n");
  const auto r = lab.run({});
  ASSERT_EQ(r.code, 0) << r.errors;
  for (const auto& t : lab.trials()) {
    EXPECT_EQ(t.at("outcome"), "ok") << t;
    EXPECT_NEAR(t.at("metrics").at("bytes_per_connection.resident").at("value").get<double>(), 10000, 500);
  }
  const auto clients = read(lab.seen());
  EXPECT_EQ(std::ranges::count(clients, '\n'), 2) << clients;
  std::string cpus;
  for (const unsigned cpu : allowed_cpus())
    if (cpu != allowed_cpus().front()) cpus += (cpus.empty() ? "" : ",") + std::to_string(cpu);
  EXPECT_NE(clients.find(" --trial --cpus=" + cpus + "\n"), std::string::npos) << clients;
  EXPECT_EQ(read(lab.bin() / "threadmark_load.over"), "over\nover\n") << "each has ended by itself";
}

TEST(run, a_client_that_has_gone_says_why_in_the_trials_reason) {
  if (allowed_cpus().size() < 2) GTEST_SKIP() << "one CPU: none is left for a client";
  const server_lab lab("echo 'no luck today' >&2\n");
  const auto r = lab.run({"--model=good"});
  EXPECT_EQ(lab.trials().at(0).at("outcome"), "misconfigured");
  EXPECT_EQ(lab.trials().at(0).at("reason"), "the client has gone (no luck today)");
}

TEST(run, a_client_that_is_stuck_ends_with_its_trial) {
  if (allowed_cpus().size() < 2) GTEST_SKIP() << "one CPU: none is left for a client";
  const server_lab lab("trap '' TERM PIPE\nwhile :; do sleep 0.1; done\n");
  const auto r = lab.run({"--model=good", "--time-limit=1"});
  EXPECT_EQ(lab.trials().at(0).at("outcome"), "timeout");
  std::istringstream line(read(lab.seen()));
  pid_t process = 0;
  line >> process;
  ASSERT_GT(process, 1);
  EXPECT_NE(::kill(process, 0), 0) << "it is still there";
}

TEST(run, refuses_a_server_workload_without_the_program_that_loads_servers) {
  if (allowed_cpus().size() < 2) GTEST_SKIP() << "one CPU: none is left for a client";
  expect_refused(server_lab("").run({}), "threadmark_load");
}

TEST(run, gives_each_kind_of_misbehaviour_its_outcome_and_goes_on) {
  const lab lab;
  const std::map<std::string, std::pair<std::string, std::string>> expected = {
      {"nojson", {"crash", "contender printed no JSON: nothing to say"}},
      {"badjson", {"crash", "contender printed no JSON"}},
      {"crash", {"crash", "SIGSEGV: about to fall"}},
      {"hang", {"timeout", "no result within 2 s; killed"}},
      {"limit", {"limit", "pthread_create: EAGAIN at 7 threads; kernel.pid_max is 8"}},
      {"wrong", {"wrong_answer", "41, not 42"}},
      {"unsupported", {"unsupported", "no channels"}},
      {"misconfigured", {"misconfigured", "as it says itself"}},
      {"odd", {"crash", "exit code 3"}},
      {"loud", {"crash", "exit code 1: …"}},
      {"cores", {"misconfigured", "asked for 1 cores, 2 in effect"}},
      {"metricless", {"crash", "contender gave no ns_per_round_trip"}},
      {"tireless.slow5", {"misconfigured", "asked for 5 % slower, 0 % in effect"}},
      {"inspector", {"ok", ""}}};
  std::vector<std::string> names;
  names.reserve(expected.size());
  for (const auto& [name, outcome] : expected) names.push_back(name);
  lab.contenders(names);
  lab.contenders({"tireless"});
  lab.profile(names, {{"blocks", 1}});
  const auto r = lab.run({"--time-limit=2"});
  ASSERT_EQ(r.code, 0) << r.errors;
  std::set<std::string> seen;
  for (const auto& t : lab.trials()) {
    const auto& [outcome, reason] = expected.at(t.at("model"));
    seen.insert(t.at("model").get<std::string>());
    EXPECT_EQ(t.at("outcome"), outcome) << t;
    if (outcome == "ok") {
      EXPECT_TRUE(t.at("reason").is_null()) << t;
    } else {
      EXPECT_EQ(t.at("reason").get<std::string>().rfind(reason, 0), 0u) << t;
      EXPECT_TRUE(t.at("metrics").empty()) << t;
    }
  }
  EXPECT_EQ(seen.size(), expected.size());
}

TEST(run, slows_a_model_under_another_name) {
  const lab lab;
  lab.profile({"good", "good.slow2", "good.slow20"}, {{"again", "good"}, {"blocks", 1}});
  const auto r = lab.run({});
  ASSERT_EQ(r.code, 0) << r.errors;
  std::map<std::string, nlohmann::json> effective;
  for (const auto& t : lab.trials()) {
    EXPECT_EQ(t.at("outcome"), "ok") << t;
    effective[t.at("model")] = t.at("effective").value("slow_by_percent", nlohmann::json(0));
  }
  EXPECT_EQ(effective, (std::map<std::string, nlohmann::json>{
                           {"good", 0}, {"good.again", 0}, {"good.slow2", 2}, {"good.slow20", 20}}));
  EXPECT_EQ(lab.environment().at("models").size(), 1u);  // one program, asked once
  expect_refused(lab.run({"--model=good.slow0"}), "unknown variant of good 'slow0'");
}

TEST(run, holds_a_memory_limit) {
  const lab lab;
  lab.contenders({"eater"});
  lab.profile({"eater"}, {{"blocks", 1}});
  ASSERT_EQ(lab.run({"--memory-limit=150MB"}).code, 0);
  const auto t = lab.trials().at(0);
  EXPECT_EQ(t.at("outcome"), "limit") << t;
  EXPECT_NE(t.at("reason").get<std::string>().find("150 MB"), std::string::npos) << t;
  EXPECT_EQ(t.at("memory_limit").at("bytes"), 150'000'000);
}

TEST(run, holds_the_memory_limit_that_is_a_cells_own) {
  const lab lab;
  lab.contenders({"eater"});
  lab.profile({"eater"}, {{"blocks", 1}, {"cells", {{"laptop", {{{"n", {10}}, {"memory_mb", {150}}}}}}}});
  ASSERT_EQ(lab.run({}).code, 0);
  const auto t = lab.trials().at(0);
  EXPECT_EQ(t.at("outcome"), "limit") << t;
  EXPECT_EQ(t.at("memory_limit").at("bytes"), 150 << 20);
  // The lower of the two.
  ASSERT_EQ(lab.run({"--memory-limit=100MB"}).code, 0);
  EXPECT_EQ(lab.trials().at(0).at("memory_limit").at("bytes"), 100'000'000);
}

TEST(run, narrows_by_the_command_line) {
  const lab lab;
  lab.contenders({"leaver"});
  const auto r = lab.run({"--model=leaver,good.other", "--workload=worker_pool", "--param=workers=3",
                          "--param=work_ns=0", "--blocks=1", "--name=mine"});
  ASSERT_EQ(r.code, 0) << r.errors;
  std::set<std::string> models;
  for (const auto& t : lab.trials()) {
    models.insert(t.at("model").get<std::string>());
    EXPECT_EQ(t.at("params"),
              (nlohmann::json{{"workers", 3}, {"capacity", 128}, {"jobs", 100000}, {"work_ns", 0}, {"cores", 1}}));
    EXPECT_EQ(t.at("outcome"), "ok") << t;
  }
  EXPECT_EQ(models, (std::set<std::string>{"leaver", "good.other"}));
  EXPECT_EQ(std::filesystem::read_symlink(lab.out() / "latest"), "mine");
  expect_refused(lab.run({"--name=mine"}), "'mine' is there already");
}

TEST(run, refuses_unknown_names_before_anything_is_made) {
  const lab lab;
  lab.contenders({"mute"});
  expect_refused(lab.run({"--profile=nosuch"}), "unknown profile 'nosuch'; known: quick");
  expect_refused(lab.run({"--model=nosuch"}), "unknown model 'nosuch'; known: good");
  expect_refused(lab.run({"--model=good.nosuch"}), "unknown variant of good 'nosuch'; known: other");
  expect_refused(lab.run({"--workload=nosuch"}), "unknown workload 'nosuch'; known: spawn_join");
  expect_refused(lab.run({"--param=nosuch=1"}), "unknown parameter 'nosuch'; known: n");
  expect_refused(lab.run({"--nosuch"}), "unknown flag '--nosuch'");
  expect_refused(lab.run({"--model=mute"}), "bench_mute --capabilities failed");
  expect_refused(lab.run({"--data=/nosuch"}), "--data");
  write(lab.path() / "data/profiles.json", "{\"schema\":1,");
  expect_refused(lab.run({}), "profiles.json");
  EXPECT_FALSE(std::filesystem::exists(lab.out()));
}

TEST(run, refuses_values_that_a_workload_does_not_take) {
  const lab lab;
  lab.contenders({"picky"});
  lab.profile({"picky"});
  expect_refused(
      lab.run({}),
      "the plan does not fit the workloads of picky: bench_picky: ping_pong/capacity:0: capacity must be prime");
  EXPECT_FALSE(std::filesystem::exists(lab.out()));
}

TEST(run, says_when_no_trial_ended_ok) {
  const lab lab;
  lab.contenders({"limit"});
  lab.profile({"limit"});
  const auto r = lab.run({});
  EXPECT_EQ(r.code, 0);
  EXPECT_NE(r.errors.find("warning: no trial ended ok"), std::string::npos) << r.errors;
  EXPECT_EQ(lab.trials().size(), 2u) << "the failures are results, and kept";
}

TEST(run, says_which_contender_is_missing_and_how_to_build_it) {
  const lab lab;
  lab.profile({"good", "absent", "gone"});
  expect_refused(lab.run({}), "bench_absent, bench_gone missing in");
  EXPECT_NE(lab.run({}).errors.find("make build"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(lab.out()));
}

TEST(run, sets_a_program_of_another_commit_beside_its_own) {
  const lab lab;
  lab.profile({"good", "good.base"}, {{"order", "abba"}});
  expect_refused(lab.run({}), "good.base is good of another commit: say by --base-bin where that is");
  const auto base = "--base-bin=" + (lab.path() / "base").string();
  expect_refused(lab.run({base}), "bench_good is missing in");
  std::filesystem::create_directory(lab.path() / "base");
  std::filesystem::copy(lab.bin() / "bench_good", lab.path() / "base/bench_good");
  const auto r = lab.run({base});
  ASSERT_EQ(r.code, 0) << r.errors;
  std::map<std::string, int> trials;
  for (const auto& t : lab.trials()) ++trials[t.at("model")];
  EXPECT_EQ(trials, (std::map<std::string, int>{{"good", 2}, {"good.base", 2}}));
  EXPECT_TRUE(lab.environment().at("models").contains("good.base"));
}

TEST(run, says_before_any_trial_that_the_output_cannot_be_written) {
  const lab lab;
  write(lab.path() / "file", "");
  expect_refused(lab.run({"--out=" + (lab.path() / "file").string()}), "cannot write to");
  expect_refused(lab.run({"--out=" + (lab.path() / "file/below").string()}), "cannot write to");
  std::filesystem::create_directories(lab.out() / "latest");  // a folder where the link must be
  expect_refused(lab.run({}), "cannot write to");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(lab.out())) {
    EXPECT_NE(entry.path().filename(), "trials.jsonl");
  }
}

TEST(run, says_before_any_trial_that_the_file_system_is_read_only) {
  const lab lab;
  std::filesystem::create_directories(lab.out());
  if (::mount("none", lab.out().c_str(), "tmpfs", MS_RDONLY, nullptr) != 0)
    GTEST_SKIP() << "nothing can be mounted here";
  const auto r = lab.run({});
  ::umount(lab.out().c_str());
  expect_refused(r, "Read-only file system");
}

TEST(run, dry_prints_the_plan_and_makes_nothing) {
  const lab lab;
  lab.profile({"good", "absent"});
  const auto r = lab.run({"--dry-run", "--seed=1"});
  EXPECT_EQ(r.code, 0) << r.errors;
  EXPECT_EQ(std::ranges::count(r.out, '\n'), 5) << r.out;
  EXPECT_NE(r.out.find("2 cells × 2 blocks = 4 trials; seed 1"), std::string::npos) << r.out;
  EXPECT_EQ(r.out, lab.run({"--dry-run", "--seed=1"}).out);
  EXPECT_FALSE(std::filesystem::exists(lab.out()));
}

TEST(list, names_models_workloads_and_profiles) {
  const lab lab;
  lab.contenders({"mute"});
  lab.profile({"good", "absent"});
  const auto r = lab.call(lab.arguments("list", {}));
  EXPECT_EQ(r.code, 0) << r.errors;
  for (const char* part : {"bench_absent is not there", "bench_mute --capabilities failed", "variants: other", "skynet",
                           "quick", "composed"}) {
    EXPECT_NE(r.out.find(part), std::string::npos) << part << "\n" << r.out;
  }
  const auto j = nlohmann::json::parse(lab.call(lab.arguments("list", {"--json"})).out);
  EXPECT_EQ(j.at("models").at("good").at("capabilities").at("select").at("label"), "composed");
  EXPECT_TRUE(j.at("models").at("absent").contains("trouble"));
  EXPECT_TRUE(j.at("workloads").contains("parked"));
}

TEST(doctor, fails_only_when_a_profile_cannot_run) {
  const lab lab;
  const auto well = lab.call(lab.arguments("doctor", {"--json"}));
  EXPECT_EQ(well.code, 0) << well.out << well.errors;
  EXPECT_TRUE(nlohmann::json::parse(well.out).at("usable"));
  lab.profile({"absent"});
  const auto ill = lab.call(lab.arguments("doctor", {}));
  EXPECT_EQ(ill.code, 1);
  EXPECT_NE(ill.out.find("bench_absent missing"), std::string::npos) << ill.out;
  EXPECT_NE(ill.out.find("1 fatal"), std::string::npos) << ill.out;
}

}  // namespace
}  // namespace threadmark::conductor::test
