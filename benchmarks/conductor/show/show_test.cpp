#include <gtest/gtest.h>

#include "plan/profile.hpp"
#include "show/progress.hpp"
#include "show/summary.hpp"
#include "tests/lab.hpp"

namespace threadmark::conductor {
namespace {

TEST(estimate, prefers_the_same_trial_then_its_cell_then_all) {
  estimate e;
  EXPECT_EQ(e.of(0, "a"), 0);
  e.add(0, "a", 1);
  e.add(0, "a", 3);
  e.add(1, "b", 8);
  EXPECT_EQ(e.of(0, "a"), 2);
  EXPECT_EQ(e.of(1, "a"), 8);
  EXPECT_EQ(e.of(2, "a"), 4);
}

TEST(progress, gives_a_line_a_block_where_there_is_no_terminal) {
  const auto known = read_catalog(THREADMARK_DATA);
  const auto profiles = read_profiles(THREADMARK_DATA, known);
  settings s;
  s.workloads = {"ping_pong"};
  const auto p = make_plan(known, find_profile(profiles, "smoke"), s, {2, {}});
  const test::lab lab;
  std::FILE* to = std::fopen((lab.path() / "progress").c_str(), "w");
  {
    std::vector<std::size_t> pending(p.trials.size());
    for (std::size_t i = 0; i < pending.size(); ++i) pending[i] = i;
    progress shown(p, pending, to);
    for (const auto& t : p.trials) {
      shown.begins(t);
      shown.ended(t, "ok", 2);
    }
  }
  std::fclose(to);
  const auto text = test::read(lab.path() / "progress");
  EXPECT_EQ(std::ranges::count(text, '\n'), 3) << text;
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_NE(text.find("0/36  block 1/3  time left not known yet"), std::string::npos) << text;
  EXPECT_NE(text.find("24/36  block 3/3  24 s left"), std::string::npos) << text;
}

TEST(summary, counts_outcomes_and_gives_each_reason_once) {
  const auto trial = [](const char* outcome, int order) {
    return nlohmann::ordered_json{{"order", order},       {"model", "m"},
                                  {"workload", "parked"}, {"params", {{"n", 7}, {"cores", 1}}},
                                  {"outcome", outcome},   {"reason", "EAGAIN at 7"}};
  };
  auto robbed = trial("ok", 3);
  robbed["marks"] = {"stolen_time"};
  const auto text = summarize({trial("limit", 1), trial("limit", 2), robbed});
  EXPECT_EQ(
      text,
      "3 trials: 2 limit, 1 ok (1 marked for stolen time)\n  limit: m parked n=7 cores=1 (2 times): EAGAIN at 7\n");
}

}  // namespace
}  // namespace threadmark::conductor
