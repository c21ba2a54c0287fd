#include <gtest/gtest.h>

#include <functional>

#include "plan/profile.hpp"
#include "record/journal.hpp"
#include "record/replay.hpp"
#include "record/run_folder.hpp"
#include "support/errors.hpp"
#include "tests/lab.hpp"

namespace threadmark::conductor {
namespace {

nlohmann::ordered_json line(int order, const std::string& run = "r") {
  return {{"run", run},     {"block", 1},      {"order", order},
          {"model", "m"},   {"workload", "w"}, {"params", {{"cores", 1}}},
          {"outcome", "ok"}};
}

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const usage_error& e) {
    return e.what();
  }
  return "";
}

TEST(journal, keeps_whole_lines_and_takes_a_cut_one_away) {
  const test::lab lab;
  const auto file = lab.path() / "trials.jsonl";
  {
    found_lines found;
    journal j(file, "r", found);
    j.append(line(1));
    j.append(line(2));
    EXPECT_TRUE(found.trials.empty());
  }
  const auto whole = test::read(file);
  test::write(file, whole + line(3).dump().substr(0, 20));
  found_lines found;
  journal j(file, "r", found);
  EXPECT_EQ(found.trials.size(), 2u);
  ASSERT_EQ(found.warnings.size(), 1u);
  EXPECT_NE(found.warnings[0].find("line 3"), std::string::npos);
  EXPECT_EQ(test::read(file), whole);
  j.append(line(3));
  EXPECT_EQ(test::read(file), whole + line(3).dump() + "\n");
}

TEST(journal, names_lines_that_are_not_its_own_and_leaves_them_out) {
  const test::lab lab;
  const auto file = lab.path() / "trials.jsonl";
  test::write(file, line(1).dump() + "\nrubbish\n" + line(2, "another").dump() + "\n[1]\n\n" + line(3).dump() + "\n");
  found_lines found;
  const journal j(file, "r", found);
  EXPECT_EQ(found.trials.size(), 2u);
  ASSERT_EQ(found.warnings.size(), 4u);
  EXPECT_NE(found.warnings[0].find("line 2 is not JSON"), std::string::npos);
  EXPECT_NE(found.warnings[1].find("line 3 belongs to another run"), std::string::npos);
}

TEST(journal, writes_json_whatever_bytes_a_contender_printed) {
  const test::lab lab;
  found_lines none, found;
  journal(lab.path() / "j", "r", none).append([] {
    auto l = line(1);
    l["reason"] = "\xff\xfe broken";
    return l;
  }());
  const journal again(lab.path() / "j", "r", found);
  EXPECT_EQ(found.trials.size(), 1u);
}

TEST(journal, a_folder_in_the_way_is_said) {
  const test::lab lab;
  found_lines found;
  EXPECT_NE(message_of([&] { journal(lab.path(), "r", found); }).find("cannot write"), std::string::npos);
}

TEST(run_folder, is_made_once_and_locked) {
  const test::lab lab;
  {
    const auto first = run_folder::create(lab.out(), "one");
    first.make_latest();
    EXPECT_TRUE(std::filesystem::is_directory(first.raw()));
    EXPECT_NE(message_of([&] { run_folder::create(lab.out(), "one"); }).find("is there already"), std::string::npos);
    EXPECT_NE(message_of([&] { run_folder::open(lab.out(), "one"); }).find("another conductor"), std::string::npos);
  }
  EXPECT_EQ(run_folder::open(lab.out(), "").name(), "one");
  const auto second = run_folder::create(lab.out(), "");
  second.make_latest();
  EXPECT_EQ(std::filesystem::read_symlink(lab.out() / "latest"), second.name());
}

TEST(run_folder, refuses_bad_names_and_missing_runs) {
  const test::lab lab;
  for (const char* bad : {"latest", ".", "..", "a/b", "-x", "a b"}) {
    EXPECT_NE(message_of([&] { run_folder::create(lab.out(), bad); }), "") << bad;
  }
  EXPECT_FALSE(std::filesystem::exists(lab.out())) << "nothing is made for a bad name";
  EXPECT_NE(message_of([&] { run_folder::open(lab.out(), ""); }).find("no run to resume"), std::string::npos);
  EXPECT_NE(message_of([&] { run_folder::open(lab.out(), "nosuch"); }).find("no run 'nosuch'"), std::string::npos);
}

TEST(run_folder, says_what_is_in_the_way) {
  const test::lab lab;
  test::write(lab.path() / "file", "");
  EXPECT_NE(message_of([&] { run_folder::create(lab.path() / "file", ""); }).find("cannot write"), std::string::npos);
  EXPECT_NE(message_of([&] { run_folder::create(lab.path() / "file/below", ""); }).find("cannot write"),
            std::string::npos);
  EXPECT_NE(message_of([&] { run_folder::create("/proc/nothing", ""); }).find("cannot write"), std::string::npos);
  const auto run = run_folder::create(lab.out(), "one");
  std::filesystem::create_directory(lab.out() / "latest");
  EXPECT_NE(message_of([&] { run.make_latest(); }).find("cannot write"), std::string::npos);
  EXPECT_NE(message_of([&] { run_folder::create(lab.out(), "two"); }).find("it is no link"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(lab.out() / "two"));
  std::filesystem::create_directory(run.path() / "environment.json");
  EXPECT_NE(message_of([&] { run.write("environment.json", "x"); }).find("cannot write"), std::string::npos);
}

struct replay_test : testing::Test {
  replay_test() {
    settings s;
    s.workloads = {"ping_pong"};
    s.seed = 1;
    p = make_plan(known, find_profile(profiles, "smoke"), s, {2, {}});
  }
  nlohmann::ordered_json of(std::size_t place, int order = 0) const {
    const auto& t = p.trials[place];
    const auto& c = p.cells[t.cell];
    return {{"run", "r"},       {"block", t.block},         {"order", order ? order : t.order},
            {"model", t.model}, {"workload", c.what->name}, {"params", {{"capacity", 0}, {"cores", c.cores}}},
            {"outcome", "ok"}};
  }
  static nlohmann::ordered_json marked(nlohmann::ordered_json line) {
    line["marks"] = {"stolen_time"};
    return line;
  }
  catalog known = read_catalog(THREADMARK_DATA);
  std::vector<profile> profiles = read_profiles(THREADMARK_DATA, known);
  plan p;
};

TEST_F(replay_test, knows_what_is_done) {
  const auto r = replay_journal(p, {of(0), of(2)});
  EXPECT_TRUE(r.done[0] && !r.done[1] && r.done[2]);
  EXPECT_EQ(r.replacements, 0);
  EXPECT_FALSE(r.to_replace);
  EXPECT_TRUE(r.warnings.empty());
}

TEST_F(replay_test, repeats_what_does_not_fit_the_plan) {
  auto other = of(0);
  other["model"] = "nosuch";
  auto cores = of(1);
  cores["params"]["cores"] = 77;
  auto text = of(2);
  text["order"] = "two";
  const auto r = replay_journal(p, {other, cores, text});
  EXPECT_EQ(std::ranges::count(r.done, true), 0);
  EXPECT_EQ(r.warnings.size(), 3u);
}

TEST_F(replay_test, replaces_a_marked_trial_once_and_only_within_the_budget) {
  const auto planned = static_cast<int>(p.trials.size());
  EXPECT_EQ(replay_journal(p, {of(0), marked(of(1))}).to_replace, 1u);
  auto r = replay_journal(p, {marked(of(0)), marked(of(0, planned + 1))});  // the replacement was robbed too: it stands
  EXPECT_FALSE(r.to_replace);
  EXPECT_EQ(r.replacements, 1);
  EXPECT_EQ(replacement_budget(p), planned / 10);
  EXPECT_FALSE(replay_journal(p, {of(0, planned + replacement_budget(p)), marked(of(1))}).to_replace);
}

}  // namespace
}  // namespace threadmark::conductor
