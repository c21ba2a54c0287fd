#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "child/child_cgroup.hpp"
#include "child/supervise.hpp"
#include "support/errors.hpp"
#include "tests/lab.hpp"

namespace threadmark::conductor {
namespace {

/// One for the process: signals stay blocked once they are.
signals& ours() {
  static signals one;
  return one;
}

struct child_test : testing::Test {
  child_end run(const std::string& fake, supervision how = {}, std::vector<std::string> more = {}) {
    lab_.contenders({fake});
    std::vector<std::string> arguments = {"--cores=1", "--benchmark_out=" + out()};
    if (more.empty()) more = {"--cell=ping_pong/capacity:0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return supervise(
        {.program = lab_.bin() / ("bench_" + fake), .arguments = arguments, .with_ledger = how.ledger != nullptr}, how,
        ours());
  }
  std::string out() const { return (lab_.path() / "out.json").string(); }

  bool grandchild_is_gone() const {
    const auto number = std::stoi(test::read(out() + ".grandchild"));
    return test::eventually([&] { return ::kill(number, 0) != 0; });
  }

  test::lab lab_;
};

TEST_F(child_test, that_ends_well) {
  const auto end = run("good");
  EXPECT_EQ(end.by, ended_by::itself);
  EXPECT_TRUE(WIFEXITED(end.status) && WEXITSTATUS(end.status) == 0) << end.errors;
  EXPECT_GT(end.usage.ru_maxrss, 0);
  EXPECT_NE(test::read(out()), "");
}

TEST_F(child_test, gets_nothing_of_ours_but_what_it_needs) {
  const descriptor leaked(::dup(2));  // without close-on-exec, as someone else's library would open it
  auto end = run("inspector");
  EXPECT_EQ(WEXITSTATUS(end.status), 0) << end.errors;
  ledger::session session([](std::string&) { return std::optional(ledger::snapshot{}); });
  end = run("inspector", {.ledger = &session}, {"--cell=parked/n:10", "--ledger_fds=3,4"});
  EXPECT_EQ(WEXITSTATUS(end.status), 0) << end.errors;
  EXPECT_TRUE(session.complete());
}

TEST_F(child_test, that_crashes_is_told_by_its_signal) {
  const auto end = run("crash");
  ASSERT_TRUE(WIFSIGNALED(end.status));
  EXPECT_EQ(WTERMSIG(end.status), SIGSEGV);
  EXPECT_NE(end.errors.find("about to fall"), std::string::npos);
}

TEST_F(child_test, that_hangs_is_killed_with_all_it_started) {
  const auto end = run("hang", {.time_limit_s = 1});
  EXPECT_EQ(end.by, ended_by::time_limit);
  EXPECT_TRUE(grandchild_is_gone());
}

TEST_F(child_test, that_leaves_a_grandchild_leaves_none) {
  const auto end = run("leaver");
  EXPECT_EQ(end.by, ended_by::itself);
  EXPECT_TRUE(grandchild_is_gone());
}

TEST_F(child_test, that_floods_standard_error_leaves_its_beginning_and_its_end) {
  const auto end = run("loud");
  EXPECT_EQ(WEXITSTATUS(end.status), 1);
  EXPECT_EQ(end.errors.size(), kept_first_errors + std::string_view("\n…\n").size() + kept_last_errors);
  EXPECT_TRUE(end.errors.starts_with("line 0\nline 1\n")) << end.errors.substr(0, 20);
  EXPECT_TRUE(end.errors.ends_with("line 19999\n"));
}

TEST_F(child_test, that_eats_memory_is_stopped_by_polling) {
  const auto end = run("eater", {.polled_limit_bytes = 100'000'000});
  EXPECT_EQ(end.by, ended_by::memory_limit);
}

TEST_F(child_test, that_eats_memory_is_stopped_by_its_cgroup) {
  const auto place = own_cgroup("memory");
  auto group = place ? child_cgroup::make(*place, 100'000'000) : std::nullopt;
  if (!group) GTEST_SKIP() << "no memory cgroup can be made here";
  lab_.contenders({"eater"});
  const auto folder = group->folder();
  const auto end = supervise({.program = lab_.bin() / "bench_eater", .cgroup_procs_fd = group->procs_fd()},
                             {.cgroup = &*group}, ours());
  EXPECT_TRUE(WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGKILL);
  EXPECT_EQ(end.by, ended_by::itself);
  EXPECT_GT(group->oom_kills(), 0);
  group.reset();
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(child_test, that_talks_nonsense_on_the_ledgers_pipe_is_ended) {
  ledger::session session([](std::string&) { return std::optional(ledger::snapshot{}); });
  const auto end = run("babbler", {.ledger = &session}, {"--cell=parked/n:10", "--ledger_fds=3,4"});
  EXPECT_EQ(end.by, ended_by::ledger_fault);
  EXPECT_NE(session.fault().find("give me numbers"), std::string::npos);
}

TEST_F(child_test, that_is_no_program_is_said_to_be_none) {
  test::write(lab_.path() / "text", "no program\n");
  EXPECT_THROW(supervise({.program = lab_.path() / "text"}, {}, ours()), broken);
  EXPECT_THROW(supervise({.program = lab_.path() / "nothing"}, {}, ours()), broken);
}

TEST(child_cgroup, of_version_2_goes_where_controllers_are_handed_down) {
  // A tree of plain files: enough to see which folder is chosen and what is written.
  const test::lab lab;
  const auto mount = lab.path() / "cgroup", own = mount / "slice/session";
  test::write(own / "cgroup.subtree_control", "\n");
  test::write(mount / "slice/cgroup.subtree_control", "cpu memory pids\n");
  EXPECT_FALSE(child_cgroup::make({2, own, own}, 1000)) << "beyond the mount there is nothing to use";
  // A real cgroup would have its files at once; here making it fails for want of cgroup.procs, and nothing is left
  // behind.
  EXPECT_FALSE(child_cgroup::make({2, mount, own}, 1000));
  for (const auto& entry : std::filesystem::directory_iterator(mount / "slice")) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("threadmark-")) << entry.path();
  }
}

}  // namespace
}  // namespace threadmark::conductor
