#include <gtest/gtest.h>
#include <unistd.h>

#include "machine/cpu.hpp"
#include "machine/findings.hpp"
#include "machine/noise.hpp"
#include "machine/spin.hpp"

namespace threadmark::conductor {
namespace {

std::vector<std::string> ids(const std::vector<finding>& findings) {
  std::vector<std::string> result;
  result.reserve(findings.size());
  for (const auto& f : findings) result.push_back(f.id);
  return result;
}

bool has(const std::vector<finding>& findings, const std::string& id, weight how_bad) {
  return std::ranges::any_of(findings, [&](const finding& f) { return f.id == id && f.how_bad == how_bad; });
}

machine_facts quiet_machine() {
  machine_facts f;
  f.online_cpus = f.allowed_cpus = 16;
  f.memory_bytes = 64'000'000'000;
  f.memory_available_bytes = 60'000'000'000;
  f.clock_source = "tsc";
  f.governor = "performance";
  f.huge_pages = "madvise";
  f.system.pid_max = 4'194'304;
  f.system.threads_max = 4'000'000;
  f.system.max_map_count = 10'000'000;
  return f;
}

TEST(noise, counts_steal_of_the_cpus_it_is_asked_about) {
  const std::string stat =
      "cpu  1 2 3 4 5 6 7 100 0 0\ncpu0 1 2 3 4 5 6 7 60 0 0\ncpu1 1 2 3 4 5 6 7 40 0 0\ncpu10 0 0 0 0 0 0 0 5 0 0\n";
  EXPECT_EQ(steal_ticks(stat, {0}), 60);
  EXPECT_EQ(steal_ticks(stat, {1}), 40);  // not cpu10
  EXPECT_EQ(steal_ticks(stat, {0, 1, 10}), 105);
  EXPECT_EQ(steal_ticks(stat, {7}), 0);
  EXPECT_EQ(steal_ticks("cpu0 1 2 3\n", {0}), 0);
  EXPECT_EQ(steal_ticks("", {0}), 0);
}

TEST(noise, marks_above_the_stated_share_and_never_for_one_tick) {
  const auto second = ::sysconf(_SC_CLK_TCK);
  EXPECT_FALSE(is_stolen(0, 1, 1));
  EXPECT_FALSE(is_stolen(second / 20, 1, 1));  // exactly 5 %
  EXPECT_TRUE(is_stolen(second / 20 + 1, 1, 1));
  EXPECT_FALSE(is_stolen(second / 20 + 1, 2, 1));  // of two CPUs it is half of that
  EXPECT_FALSE(is_stolen(1, 1, 0.01));             // one tick is the counter's resolution
  EXPECT_TRUE(is_stolen(2, 1, 0.01));
}

TEST(findings, are_none_on_a_quiet_machine) {
  EXPECT_EQ(ids(judge_machine(quiet_machine(), {100'000, 100'000, 1})), std::vector<std::string>{});
}

TEST(findings, name_each_trouble_and_the_worst_first) {
  auto f = quiet_machine();
  f.allowed_cpus = 1;
  f.load1 = 3;
  f.steal_share = 0.2;
  f.virtualization = "kvm";
  f.governor = "powersave";
  f.turbo = true;
  f.clock_source = "hpet";
  f.memory_bytes = 500'000'000;
  f.swap_bytes = 1;
  f.huge_pages = "always";
  f.randomize_va_space = 2;
  f.system.pid_max = 32768;
  f.system.threads_max = 50'000;
  f.system.max_map_count = 65530;
  f.system.nproc = 1000;
  f.system.cgroup_pids_max = 100;
  f.system.cgroup_memory_max = 400'000'000;
  f.system.overcommit_memory = 2;
  f.system.nofile_hard = 20'000;
  f.real_time_allowed = false;
  f.environment = {{"LD_PRELOAD", "x.so"}};
  const auto found = judge_machine(f, {.most_threads = 100'000,
                                       .most_guarded = 100'000,
                                       .memory_bytes = 1'000'000'000,
                                       .most_connections = 20'000,
                                       .cpu_shares = true});
  for (const char* id :
       {"cores", "load", "steal", "governor", "clock", "huge_pages", "pid_max", "threads_max", "max_map_count", "nproc",
        "cgroup_pids", "cgroup_memory", "overcommit", "open_files", "real_time", "environment"}) {
    EXPECT_TRUE(has(found, id, weight::warning)) << id;
  }
  for (const char* id : {"affinity", "virtualization", "turbo", "swap", "aslr"})
    EXPECT_TRUE(has(found, id, weight::note)) << id;
  EXPECT_TRUE(has(found, "memory", weight::fatal));
  EXPECT_EQ(found.front().id, "memory");
  for (const auto& one : found) EXPECT_FALSE(one.consequence.empty()) << one.id;
}

TEST(findings, limits_above_what_the_run_needs_are_no_trouble) {
  auto f = quiet_machine();
  f.system.pid_max = 32768;
  f.system.max_map_count = 65530;
  f.system.nofile_hard = 20'000;
  f.real_time_allowed = false;  // no server is left a part of its CPUs
  EXPECT_EQ(ids(judge_machine(
                f, {.most_threads = 10'000, .most_guarded = 10'000, .memory_bytes = 1, .most_connections = 19'000})),
            std::vector<std::string>{});
}

TEST(findings, memory_must_be_free_for_the_most_tasks_of_the_run) {
  auto f = quiet_machine();
  f.memory_available_bytes = 4'500'000'000;
  EXPECT_FALSE(has(judge_machine(f, {.most_tasks = 100'000}), "memory", weight::warning));
  EXPECT_TRUE(has(judge_machine(f, {.most_tasks = 1'000'000}), "memory", weight::warning));
  f.memory_available_bytes = 3'000'000'000;
  EXPECT_TRUE(has(judge_machine(f, {}), "memory", weight::warning));
}

TEST(machine, facts_of_this_one_make_sense) {
  EXPECT_FALSE(allowed_cpus().empty());
  EXPECT_GE(online_cpus(), 1u);
  EXPECT_GT(memory_bytes(), 100'000'000u);
  EXPECT_FALSE(cpu_name().empty());
  const auto before = allowed_cpus();
  const auto steps = measure_spin_steps_per_us();
  EXPECT_GT(steps, 1);
  EXPECT_LT(steps, 100'000);  // above it the loop was folded away
  EXPECT_EQ(allowed_cpus(), before) << "the spin's pinning is undone";
  EXPECT_TRUE(read_limits().pid_max);
  EXPECT_LE(thread_limit(read_limits()), read_limits().pid_max);
}

}  // namespace
}  // namespace threadmark::conductor
