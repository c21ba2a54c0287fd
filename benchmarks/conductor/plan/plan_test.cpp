#include "plan/plan.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "plan/model_name.hpp"
#include "plan/order.hpp"
#include "support/errors.hpp"

namespace threadmark::conductor {
namespace {

/// The project's own catalogue and profiles.
struct plan_test : testing::Test {
  plan of(const std::string& profile_name, settings s = {}, unsigned cpus = 2) const {
    if (!s.seed) s.seed = 7;
    return make_plan(known, find_profile(profiles, profile_name), s, {cpus, {"other"}});
  }

  std::string error_of(const settings& s) const {
    try {
      of("quick", s);
    } catch (const usage_error& e) {
      return e.what();
    }
    return "";
  }

  catalog known = read_catalog(THREADMARK_DATA);
  std::vector<profile> profiles = read_profiles(THREADMARK_DATA, known);
};

/// A plan as text, to compare whole plans.
std::vector<std::string> texts(const plan& p) {
  std::vector<std::string> result;
  for (const auto& t : p.trials) {
    const auto& c = p.cells[t.cell];
    result.push_back(std::to_string(t.block) + " " + t.model + " " + c.name() + " " + std::to_string(c.cores));
  }
  return result;
}

TEST_F(plan_test, is_the_same_for_the_same_seed_and_another_for_another) {
  settings a, b;
  a.seed = 1;
  b.seed = 2;
  EXPECT_EQ(texts(of("quick", a)), texts(of("quick", a)));
  EXPECT_NE(texts(of("quick", a)), texts(of("quick", b)));
  auto sorted_a = texts(of("quick", a)), sorted_b = texts(of("quick", b));
  std::ranges::sort(sorted_a);
  std::ranges::sort(sorted_b);
  EXPECT_EQ(sorted_a, sorted_b);
}

TEST_F(plan_test, does_not_change_the_first_blocks_when_there_are_more) {
  settings few, many;
  few.blocks = 2;
  many.blocks = 4;
  auto longer = texts(of("smoke", many));
  const auto shorter = texts(of("smoke", few));
  longer.resize(shorter.size());
  EXPECT_EQ(longer, shorter);
}

TEST_F(plan_test, of_two_builds_is_a_palindrome_in_every_cell_of_two_blocks) {
  const auto p = of("gate");
  ASSERT_EQ(p.blocks % 2, 0);
  const std::size_t models = p.models.size();
  ASSERT_EQ(p.models, (std::vector<std::string>{"mn", "mn.base", "mn.again"}));
  std::set<std::vector<std::string>> orders;
  for (std::size_t at = 0; at < p.trials.size(); at += 2 * models) {
    std::vector<std::string> there, back;
    for (std::size_t i = 0; i < models; ++i) {
      const auto &first = p.trials[at + i], &second = p.trials[at + 2 * models - 1 - i];
      EXPECT_EQ(first.cell, second.cell);
      EXPECT_EQ(first.block + 1, second.block);
      there.push_back(first.model);
      back.push_back(second.model);
    }
    EXPECT_EQ(there, back);
    orders.insert(there);
  }
  EXPECT_EQ(orders.size(), 6u) << "each order of three models comes first at times";
}

TEST(order, is_the_one_every_build_has_always_made) {
  // A run that another build resumes must get the same order: this must never change.
  generator random(7, 1);
  std::vector<int> items = {0, 1, 2, 3, 4, 5, 6, 7};
  shuffle(items, random);
  EXPECT_EQ(items, (std::vector<int>{6, 1, 2, 7, 4, 3, 5, 0}));
}

TEST(order, puts_every_item_everywhere_about_equally_often) {
  std::map<std::pair<int, std::size_t>, int> seen;
  constexpr int rounds = 6000;
  for (int round = 0; round < rounds; ++round) {
    generator random(3, static_cast<std::uint32_t>(round));
    std::vector<int> items = {0, 1, 2};
    shuffle(items, random);
    for (std::size_t i = 0; i < items.size(); ++i) ++seen[{items[i], i}];
  }
  for (const auto& [place, count] : seen) EXPECT_NEAR(count, rounds / 3.0, rounds / 15.0) << place.first;
}

TEST_F(plan_test, runs_every_cell_of_every_model_once_a_block_and_a_cells_models_together) {
  const auto p = of("quick");
  std::map<int, std::set<std::pair<std::size_t, std::string>>> blocks;
  for (const auto& t : p.trials) EXPECT_TRUE(blocks[t.block].insert({t.cell, t.model}).second);
  EXPECT_EQ(blocks.size(), 5u);
  for (const auto& [block, trials] : blocks) {
    std::size_t expected = 0;
    for (const auto& c : p.cells) expected += c.blocks == 0 || block <= c.blocks ? c.models.size() : 0;
    EXPECT_EQ(trials.size(), expected) << block;
  }
  std::set<std::pair<int, std::size_t>> left;
  for (std::size_t i = 1; i < p.trials.size(); ++i) {
    if (p.trials[i].cell == p.trials[i - 1].cell) continue;
    left.insert({p.trials[i - 1].block, p.trials[i - 1].cell});
    EXPECT_FALSE(left.contains({p.trials[i].block, p.trials[i].cell})) << "a cell is split in its block";
  }
}

TEST_F(plan_test, has_what_the_quick_profile_says) {
  const auto p = of("quick");
  std::map<std::string, std::set<std::string>> cells;
  for (const auto& c : p.cells) {
    cells[c.what->name].insert(c.name());
    EXPECT_TRUE(c.cores == 1 || c.cores == 2);
    const bool mn = std::ranges::find(c.models, "mn") != c.models.end();
    const bool twin = std::ranges::find(c.models, "mn.again") != c.models.end();
    static const std::set<std::string> once = {
        "idle",        "sleep_beside_spin", "memory_over_time",  "laptop",           "backend",      "leaked",
        "cancel_tree", "smallest_task",     "waits_in_parallel", "hand_off_latency", "wake_latency", "timer_error",
        "echo_server"};
    const bool dear = once.contains(c.what->name) || c.name() == "parked/n:1000000" ||
                      c.name().starts_with("worker_pool/workers:10000/");
    EXPECT_EQ(twin, mn && !dear) << c.name();
  }
  EXPECT_EQ(cells["worker_pool"],
            (std::set<std::string>{"worker_pool/workers:5/capacity:128/jobs:100000/work_ns:0",
                                   "worker_pool/workers:100/capacity:128/jobs:100000/work_ns:0",
                                   "worker_pool/workers:5/capacity:128/jobs:20000/work_ns:10000",
                                   "worker_pool/workers:10000/capacity:128/jobs:10000/work_ns:10000"}));
  EXPECT_EQ(cells["select_fan_in"].size(), 2u);
  for (const auto& c : p.cells) {
    const bool guarded = std::ranges::find(c.models, "boost_fiber.guarded") != c.models.end();
    const bool at_its_limit = c.name() == "parked/n:100000" && c.cores == 1;
    EXPECT_EQ(guarded, c.name() == "parked/n:10000" || at_its_limit) << c.name();
  }
}

TEST_F(plan_test, all_cores_is_left_out_where_it_repeats_a_number) {
  const auto cores = [](const plan& p) {
    std::set<unsigned> result;
    for (const auto& c : p.cells) result.insert(c.cores);
    return result;
  };
  EXPECT_EQ(cores(of("full", {}, 2)), (std::set<unsigned>{1, 2}));
  settings pings;
  pings.workloads = {"ping_pong"};
  EXPECT_EQ(of("full", pings, 2).cell_count(), of("full", pings, 8).cell_count() / 3 * 2);
  EXPECT_EQ(cores(of("full", {}, 8)), (std::set<unsigned>{1, 2, 8}));
  const auto one = of("quick", {}, 1);
  EXPECT_EQ(cores(one), (std::set<unsigned>{1}));
  EXPECT_EQ(one.warnings.size(), 3u) << "two cores, and the two workloads whose client would have none";
}

TEST_F(plan_test, narrows_and_changes) {
  settings s;
  s.models = {"go", "mn"};
  s.workloads = {"parked"};
  s.params = {{"n", {5000, 10000}}};
  s.cores = {"1"};
  s.blocks = 1;
  auto p = of("quick", s);
  EXPECT_EQ(p.models, (std::vector<std::string>{"go", "mn", "mn.again"}));
  EXPECT_EQ(p.cells.size(), 2u);
  EXPECT_EQ(p.cells[0].name(), "parked/n:5000");
  EXPECT_EQ(p.trials.size(), 6u);

  s.models = {"go"};  // a run always has its A/A pair
  EXPECT_EQ(of("quick", s).models, (std::vector<std::string>{"go", "go.again"}));
  s.models = {"boost_fiber.guarded", "other"};  // one with its own cells, and a program outside the profile
  EXPECT_EQ(of("quick", s).models.size(), 3u);
}

TEST_F(plan_test, a_models_own_cells_stand_in_place_of_the_profiles_or_alone) {
  profile p = find_profile(profiles, "smoke");
  p.models = {"mn", "go"};
  p.own = {{"go", {{"skynet", {{{"leaves", {7}}}}}}}, {"guest", {{"skynet", {{{"leaves", {9}}}}}}}};
  std::map<std::string, std::set<std::string>> run;
  const settings s;
  const auto made = make_plan(known, p, s, {2, {}});
  for (const auto& t : made.trials) run[t.model].insert(made.cells[t.cell].name());
  EXPECT_EQ(run["guest"], (std::set<std::string>{"skynet/leaves:9"}));
  EXPECT_TRUE(run["mn"].contains("skynet/leaves:1000"));
  EXPECT_EQ(run["mn.again"], run["mn"]);
  run["mn"].erase("skynet/leaves:1000");
  run["mn"].insert("skynet/leaves:7");
  EXPECT_EQ(run["go"], run["mn"]);
}

TEST_F(plan_test, a_twin_that_has_its_own_cells_runs_those) {
  profile p = find_profile(profiles, "smoke");
  p.models = {"mn", "go"};
  p.own = {{"mn", {{"skynet", {{{"leaves", {100}}}}}}},
           {"mn.again", {{"skynet", {{{"leaves", {10}}}}}, {"spawn_join", {}}}}};
  std::map<std::string, std::set<std::string>> run;
  const auto made = make_plan(known, p, {}, {2, {}});
  for (const auto& t : made.trials) run[t.model].insert(made.cells[t.cell].name());
  EXPECT_EQ(made.models, (std::vector<std::string>{"mn", "go", "mn.again"}));
  EXPECT_TRUE(run["mn"].contains("skynet/leaves:100"));
  EXPECT_TRUE(run["mn.again"].contains("skynet/leaves:10"));
  EXPECT_FALSE(run["mn.again"].contains("skynet/leaves:100"));
  EXPECT_FALSE(run["mn.again"].contains("spawn_join/n:1000"));
  EXPECT_TRUE(run["mn.again"].contains("ping_pong/capacity:0"));  // all else as the profile has it
}

TEST_F(plan_test, a_slowed_model_runs_what_its_model_runs) {
  settings s;
  s.models = {"go", "go.slow5"};
  const auto p = of("quick", s);
  EXPECT_EQ(p.models, (std::vector<std::string>{"go", "go.slow5", "go.again"}));
  for (const auto& c : p.cells) {
    const auto runs = [&](const char* m) { return std::ranges::find(c.models, m) != c.models.end(); };
    EXPECT_EQ(runs("go"), runs("go.slow5")) << c.name();
  }
}

TEST_F(plan_test, trust_runs_one_model_under_all_its_names_in_every_cell) {
  const auto p = of("trust");
  EXPECT_EQ(p.models, (std::vector<std::string>{"mn", "mn.slow2", "mn.slow5", "mn.slow10", "mn.slow20", "mn.again"}));
  for (const auto& c : p.cells) EXPECT_EQ(c.models, p.models) << c.name();
  EXPECT_EQ(p.blocks % 20, 0);  // so that every block is in a group of 5 and in one of 20
  // A trial takes a fifth of a second, and ten minutes are enough.
  EXPECT_LE(p.trials.size(), 3000u);
}

TEST_F(plan_test, a_grid_may_have_cores_of_its_own) {
  profile p = find_profile(profiles, "smoke");
  p.models = {"go"};
  p.own.clear();
  p.cells = {{"skynet", {{{"leaves", {10}}, {"cores", {1}}}, {{"leaves", {100}}, {"cores", {1, 64}}}}},
             {"ping_pong", {{{"capacity", {0}}}}}};
  const auto cores = [&](const settings& s) {
    std::map<std::string, std::set<unsigned>> result;
    for (const auto& c : make_plan(known, p, s, {2, {}}).cells) result[c.name()].insert(c.cores);
    return result;
  };
  using expected = std::map<std::string, std::set<unsigned>>;
  EXPECT_EQ(cores({}),
            (expected{{"skynet/leaves:10", {1}}, {"skynet/leaves:100", {1}}, {"ping_pong/capacity:0", {1, 2}}}));
  settings asked;  // what is asked for by hand goes before it, as with every parameter
  asked.cores = {"2"};
  EXPECT_EQ(cores(asked),
            (expected{{"skynet/leaves:10", {2}}, {"skynet/leaves:100", {2}}, {"ping_pong/capacity:0", {2}}}));
}

TEST_F(plan_test, a_grid_may_be_in_fewer_blocks) {
  profile p = find_profile(profiles, "smoke");
  p.models = {"go", "mn"};
  p.own = {{"mn", {{"skynet", {{{"leaves", {10, 100}}, {"blocks", {1}}}}}}}};
  p.again.clear();
  p.blocks = 4;
  p.cores = {"1"};
  p.cells = {{"skynet", {{{"leaves", {10}}, {"blocks", {3}}}}}, {"ping_pong", {{{"capacity", {0}}}}}};
  const auto blocks = [&](const settings& s) {
    std::map<std::string, std::vector<int>> result;
    for (const auto& planned = make_plan(known, p, s, {2, {}}); const auto& t : planned.trials)
      result[t.model + " " + planned.cells[t.cell].name()].push_back(t.block);
    return result;
  };
  using expected = std::map<std::string, std::vector<int>>;
  // Models are compared within blocks, so a cell that one of them has in three, all have in three.
  EXPECT_EQ(blocks({}), (expected{{"go skynet/leaves:10", {1, 2, 3}},
                                  {"mn skynet/leaves:10", {1, 2, 3}},
                                  {"mn skynet/leaves:100", {1}},
                                  {"go ping_pong/capacity:0", {1, 2, 3, 4}},
                                  {"mn ping_pong/capacity:0", {1, 2, 3, 4}}}));
  settings asked;  // what is asked for by hand goes before it
  asked.blocks = 2;
  EXPECT_EQ(blocks(asked)["mn skynet/leaves:100"], (std::vector{1, 2}));
  p.abba = true;
  EXPECT_EQ(blocks({})["go skynet/leaves:10"], (std::vector{1, 2, 3}));
}

TEST_F(plan_test, a_server_leaves_cpus_for_its_client) {
  settings s;
  s.workloads = {"echo_server", "ping_pong"};
  s.cores = {"1", "2"};
  const auto cores = [&](unsigned cpus) {
    std::map<std::string, std::set<unsigned>> result;
    const auto p = of("smoke", s, cpus);
    for (const auto& c : p.cells) result[c.what->name].insert(c.cores);
    return std::pair(result, p.warnings);
  };
  using expected = std::map<std::string, std::set<unsigned>>;
  EXPECT_EQ(cores(3).first, (expected{{"echo_server", {1, 2}}, {"ping_pong", {1, 2}}}));
  const auto [on_two, warnings] = cores(2);
  EXPECT_EQ(on_two, (expected{{"echo_server", {1}}, {"ping_pong", {1, 2}}}));
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].find("echo_server on 2 cores left out: this process may use 2 CPUs"), 0u) << warnings[0];
}

TEST_F(plan_test, grids_that_become_equal_give_one_cell) {
  settings s;
  s.workloads = {"worker_pool"};
  s.params = {{"workers", {5}}, {"jobs", {100000}}, {"work_ns", {0}}};
  s.cores = {"1"};
  EXPECT_EQ(of("quick", s).cells.size(), 1u);
}

TEST_F(plan_test, says_what_is_known_for_what_is_not) {
  settings s;
  s.models = {"nosuch"};
  EXPECT_EQ(error_of(s).find("unknown model 'nosuch'; known: mn, os_threads"), 0u) << error_of(s);
  s = {};
  s.models = {"mn.a.b"};
  EXPECT_NE(error_of(s), "");
  s = {};
  s.workloads = {"nosuch"};
  EXPECT_EQ(error_of(s).find("unknown workload 'nosuch'; known: spawn_join, parked"), 0u);
  s = {};
  s.params = {{"nosuch", {1}}};
  EXPECT_EQ(error_of(s).find("unknown parameter 'nosuch'; known: n, capacity"), 0u);
  s = {};
  s.workloads = {"ping_pong"};
  s.params = {{"n", {1}}};
  EXPECT_EQ(error_of(s), "unknown parameter of ping_pong 'n'; known: capacity");
  s = {};
  s.cores = {"many"};
  EXPECT_NE(error_of(s).find("'many'"), std::string::npos);
  s.cores = {"64"};
  EXPECT_NE(error_of(s).find("no number of cores is left"), std::string::npos);
  EXPECT_THROW(find_profile(profiles, "nosuch"), usage_error);
}

TEST(model_name, takes_variants_and_twins_apart) {
  EXPECT_EQ(parse_model("mn.again").base, "mn");
  EXPECT_EQ(parse_model("mn.again").variant, "");
  EXPECT_EQ(parse_model("boost_fiber.guarded").variant, "guarded");
  EXPECT_EQ(parse_model("boost_fiber.guarded").program(), "bench_boost_fiber");
}

TEST(model_name, tells_a_program_of_another_commit) {
  const auto m = parse_model("mn.base");
  EXPECT_EQ(m.base, "mn");
  EXPECT_EQ(m.variant, "");
  EXPECT_TRUE(m.of_base);
  EXPECT_EQ(m.contender(), "mn.base");
  EXPECT_EQ(first_name("mn.base"), "mn");
  EXPECT_EQ(parse_model("mn.again").contender(), "mn");
}

TEST(model_name, takes_a_slowdown_for_one_only_where_it_is) {
  for (const unsigned percent : {1u, 5u, 20u, 100u}) {
    const auto slowed = parse_model("mn.slow" + std::to_string(percent));
    EXPECT_EQ(slowed.base, "mn");
    EXPECT_EQ(slowed.variant, "");
    EXPECT_EQ(slowed.slow_by_percent, percent);
  }
  for (const std::string word : {"slow", "slow0", "slow05", "slow101", "slow4294967297", "slow5x", "slower5", "5"}) {
    EXPECT_EQ(parse_model("mn." + word).variant, word);
    EXPECT_EQ(parse_model("mn." + word).slow_by_percent, 0u);
  }
  EXPECT_EQ(parse_model("slow5").base, "slow5");
  EXPECT_EQ(parse_model("slow5").slow_by_percent, 0u);
}

TEST(model_name, a_second_name_leads_to_the_first) {
  EXPECT_EQ(first_name("mn.again"), "mn");
  EXPECT_EQ(first_name("mn.slow5"), "mn");
  EXPECT_EQ(first_name("boost_fiber.guarded"), "boost_fiber.guarded");
  EXPECT_EQ(first_name("mn"), "mn");
}

TEST(settings, come_back_from_their_text_and_tell_what_differs) {
  settings s;
  s.models = {"mn"};
  s.params = {{"n", {1, 2}}};
  s.blocks = 3;
  s.memory_limit_bytes = 8'000'000'000;
  s.seed = 4'000'000'000u;
  const auto back = settings_from_json(json::parse(to_json(s).dump()));
  EXPECT_EQ(to_json(back), to_json(s));
  settings asked;
  asked.blocks = 5;
  EXPECT_EQ(differences(s, asked, {"blocks"}), (std::vector<std::string>{"--blocks: 3 in the run, 5 asked"}));
  EXPECT_TRUE(differences(s, asked, {}).empty());  // not given: not asked
  EXPECT_TRUE(differences(s, s, {"blocks", "model", "param"}).empty());
}

}  // namespace
}  // namespace threadmark::conductor
