// Runs that are stopped in their course, and go on.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "tests/lab.hpp"

namespace threadmark::conductor::test {
namespace {

/// A run of slow trials, stopped by a signal when two have ended.
struct stop_test : testing::Test {
  stop_test() {
    lab.contenders({"slow"});
    lab.profile({"slow"}, {{"blocks", 6}});
  }

  ran stop_with(int signal) {
    const auto one = lab.start(lab.arguments("run", {"--seed=3", "--name=mine"}));
    const auto file = lab.out() / "mine/trials.jsonl";
    EXPECT_TRUE(eventually([&] {
      const auto text = read(file);
      return std::ranges::count(text, '\n') >= 2;
    }));
    ::kill(one.process, signal);
    return lab.wait(one);
  }

  /// Every planned trial is there once.
  void expect_whole(std::size_t lines_before) {
    std::set<int> orders;
    const auto trials = lab.trials();
    for (const auto& t : trials) {
      EXPECT_TRUE(orders.insert(t.at("order").get<int>()).second) << t;
      EXPECT_EQ(t.at("outcome"), "ok") << t;
    }
    for (int order = 1; order <= 6; ++order) EXPECT_TRUE(orders.contains(order)) << order;
    EXPECT_GT(trials.size(), lines_before);
  }

  test::lab lab;
};

TEST_F(stop_test, ctrl_c_keeps_what_is_finished_and_says_how_to_go_on) {
  const auto stopped = stop_with(SIGINT);
  EXPECT_EQ(stopped.code, 130);
  EXPECT_NE(stopped.errors.find("--resume=mine"), std::string::npos) << stopped.errors;
  const auto before = lab.trials();
  EXPECT_GE(before.size(), 2u);
  EXPECT_LT(before.size(), 6u);
  const auto environment = read(lab.out() / "mine/environment.json");
  const auto r = lab.run({"--resume"});
  EXPECT_EQ(r.code, 0) << r.errors;
  expect_whole(before.size());
  EXPECT_EQ(read(lab.out() / "mine/environment.json"), environment);
  // The finished ones were not touched.
  const auto after = lab.trials();
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
}

TEST_F(stop_test, sigterm_is_heard_too) {
  EXPECT_EQ(stop_with(SIGTERM).code, 128 + SIGTERM);
}

TEST_F(stop_test, kill_9_loses_no_finished_trial_and_a_cut_line_is_run_again) {
  EXPECT_EQ(stop_with(SIGKILL).code, 128 + SIGKILL);
  const auto before = lab.trials();
  EXPECT_GE(before.size(), 2u);
  const auto file = lab.out() / "mine/trials.jsonl";
  const auto whole = read(file);
  write(file, whole.substr(0, whole.size() - 30));  // as if it had died in the middle of a write
  const auto r = lab.run({"--resume=mine"});
  EXPECT_EQ(r.code, 0) << r.errors;
  EXPECT_NE(r.errors.find("is cut off; its trial is run again"), std::string::npos) << r.errors;
  expect_whole(before.size());
  EXPECT_EQ(lab.trials().at(0), before.at(0));
}

TEST_F(stop_test, the_child_dies_with_a_killed_conductor) {
  lab.contenders({"hang"});
  lab.profile({"hang"});
  const auto one = lab.start(lab.arguments("run", {}));
  // The child's command line names its output file, so that it can be found without its number.
  const auto child_lives = [&] {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      if (read(entry.path() / "cmdline").find("--benchmark_out=" + std::filesystem::absolute(lab.out()).string()) !=
              std::string::npos &&
          read(entry.path() / "stat").find(" Z ") == std::string::npos) {
        return true;
      }
    }
    return false;
  };
  ASSERT_TRUE(eventually(child_lives));
  std::string grandchild;
  ASSERT_TRUE(eventually([&] {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(lab.out(), ignored)) {
      if (entry.path().extension() == ".grandchild") grandchild = read(entry.path());
    }
    return !grandchild.empty();
  }));
  ::kill(std::stoi(grandchild), SIGKILL);  // it has a session of its own: nobody is left who would end it
  ::kill(one.process, SIGKILL);
  lab.wait(one);
  EXPECT_TRUE(eventually([&] { return !child_lives(); }));
}

TEST_F(stop_test, a_second_conductor_on_the_same_run_is_refused) {
  const auto one = lab.start(lab.arguments("run", {"--name=mine"}));
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(lab.out() / "mine/trials.jsonl"); }));
  const auto second = lab.run({"--resume=mine"});
  ::kill(one.process, SIGINT);
  lab.wait(one);
  EXPECT_EQ(second.code, 2);
  EXPECT_NE(second.errors.find("another conductor is on run 'mine'"), std::string::npos) << second.errors;
}

TEST_F(stop_test, resume_says_what_is_different_and_refuses) {
  stop_with(SIGINT);
  const auto refused = [&](const std::vector<std::string>& more, const std::string& part) {
    auto words = more;
    words.push_back("--resume");
    const auto r = lab.run(words);
    EXPECT_EQ(r.code, 2) << r.errors;
    EXPECT_NE(r.errors.find(part), std::string::npos) << r.errors;
  };
  refused({"--blocks=9"}, "--blocks: null in the run, 9 asked");
  refused({"--seed=4"}, "--seed: 3 in the run, 4 asked");
  lab.profile({"slow"}, {{"blocks", 7}});
  refused({}, "the profile's definition");
  lab.profile({"slow"}, {{"blocks", 6}});
  const auto catalog = lab.path() / "data/workloads/catalog.json";
  const auto text = read(catalog);
  auto other = nlohmann::ordered_json::parse(text);
  other["workloads"]["ping_pong"]["sentence"] = "Something else.";
  write(catalog, other.dump());
  refused({}, "the catalogue of workloads");
  write(catalog, text);
  std::filesystem::remove(lab.bin() / "bench_slow");
  std::filesystem::copy_file(THREADMARK_FAKE, lab.bin() / "bench_slow");
  std::ofstream(lab.bin() / "bench_slow", std::ios::app) << "built anew";
  refused({}, "bench_slow (built anew)");
  std::filesystem::remove(lab.bin() / "bench_slow");
  lab.contenders({"slow"});
  EXPECT_EQ(lab.run({"--resume", "--seed=3"}).code, 0);
}

TEST_F(stop_test, there_is_nothing_to_resume_without_a_run) {
  EXPECT_EQ(lab.run({"--resume"}).code, 2);
  EXPECT_EQ(lab.run({"--resume=nosuch"}).code, 2);
}

}  // namespace
}  // namespace threadmark::conductor::test
