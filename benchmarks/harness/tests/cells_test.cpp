// Cell names, the catalogue, and the label of a cell.
#include <gtest/gtest.h>

#include <algorithm>
#include <harness/cells/bad_input.hpp>
#include <harness/cells/expressed.hpp>
#include <harness/main/contender_main.hpp>
#include <set>
#include <workloads/tests/reference_model.hpp>

namespace threadmark::harness {
namespace {

std::string refusal(const std::string& name) {
  try {
    parse_cell(name);
  } catch (const bad_input& wrong) {
    return wrong.what();
  }
  return "accepted";
}

TEST(CellName, ParsesAndPrintsTheSame) {
  const cell pool = parse_cell("worker_pool/workers:5/capacity:128/jobs:100000/work_ns:0");
  EXPECT_EQ(pool.workload->name, "worker_pool");
  EXPECT_EQ(pool.values["jobs"], 100000u);
  for (const cell& which : standard_cells()) EXPECT_EQ(parse_cell(which.name()).name(), which.name());
  EXPECT_EQ(parse_cell("parked/n:18446744073709551615").values["n"], ~std::uint64_t{0});
}

TEST(CellName, SaysWhatIsKnown) {
  EXPECT_TRUE(refusal("nothing/n:1").starts_with("unknown workload 'nothing'; known: spawn_join, parked, ping_pong, "))
      << refusal("nothing/n:1");
  EXPECT_EQ(refusal("ping_pong/size:1"), "unknown parameter 'size' of ping_pong; known: capacity");
  EXPECT_EQ(refusal("select_fan_in/capacity:0/producers:4"),
            "'select_fan_in/capacity:0/producers:4' is not a cell; write select_fan_in/producers:V/capacity:V");
  for (const char* name :
       {"ping_pong", "ping_pong/capacity", "select_fan_in/producers:4", "ping_pong/capacity:0/capacity:1"})
    EXPECT_NE(refusal(name).find("is not a cell; write"), std::string::npos) << name << ": " << refusal(name);
  for (const char* value : {"", "x", "1x", "-1", "1.5", "01", "18446744073709551616", " 1"})
    EXPECT_NE(refusal(std::string("parked/n:") + value).find("of n is not a whole number"), std::string::npos) << value;
}

TEST(Catalogue, HoldsWhatIsCompiledIn) {
  const contender model = contender_of<reference_model>();
  std::set<std::string> compiled, listed;
  for (const any_workload& one : model.workloads) compiled.insert(std::string(one.name));
  for (const workload_entry& one : catalog()) listed.insert(one.name);
  EXPECT_EQ(compiled, listed);
}

TEST(Catalogue, EveryStandardCellMakesSense) {
  const contender model = contender_of<reference_model>();
  EXPECT_GE(standard_cells().size(), 20u);
  for (const cell& which : standard_cells())
    for (const any_workload& one : model.workloads)
      if (one.name == which.workload->name) {
        EXPECT_TRUE(one.body(which.values)) << which.name();
      }
}

TEST(Catalogue, AForeignFileIsRefused) {
  EXPECT_THROW(parse_catalog("{}"), std::exception);
  EXPECT_THROW(parse_catalog(R"({"schema": 2, "workloads": {}})"), std::exception);
  EXPECT_THROW(parse_catalog(R"({"schema": 1, "workloads": {"w": {"sentence": "", "params": {}, "metrics": {},
                                 "uses": ["magic"]}}})"),
               std::exception);
}

/// A model whose select cannot be had, whose buffered channels and wait groups are composed.
expression mixed(capability c) {
  switch (c) {
    case capability::select: return {label::unsupported, "no select"};
    case capability::buffered_channel: return {label::composed, "a lock"};
    case capability::wait_group: return {label::composed, "a condition"};
    default: return {label::native, "the library"};
  }
}

label label_of(const std::string& name) {
  return expressed(parse_cell(name), mixed).how;
}

TEST(Label, IsTheWeakestOfWhatTheCellUses) {
  EXPECT_EQ(label_of("spawn_join/n:1"), label::composed);
  EXPECT_EQ(label_of("skynet/leaves:10"), label::native);
  EXPECT_EQ(label_of("ping_pong/capacity:0"), label::native);
  EXPECT_EQ(label_of("ping_pong/capacity:1"), label::composed);
  EXPECT_EQ(label_of("worker_pool/workers:1/capacity:128/jobs:1/work_ns:0"), label::composed);
  const cell_expression fan_in = expressed(parse_cell("select_fan_in/producers:4/capacity:0"), mixed);
  EXPECT_EQ(fan_in.how, label::unsupported);
  EXPECT_EQ(fan_in.weakest, capability::select);
  EXPECT_EQ(fan_in.by, "no select");
}

TEST(Label, TheCapacitySaysWhichChannelIsUsed) {
  const auto uses = [](const std::string& name, capability wanted) {
    const std::vector<capability> all = used_by(parse_cell(name));
    return std::count(all.begin(), all.end(), wanted);
  };
  EXPECT_EQ(uses("ping_pong/capacity:0", capability::unbuffered_channel), 1);
  EXPECT_EQ(uses("ping_pong/capacity:0", capability::buffered_channel), 0);
  EXPECT_EQ(uses("ping_pong/capacity:9", capability::unbuffered_channel), 0);
  EXPECT_EQ(uses("ping_pong/capacity:9", capability::buffered_channel), 1);
  EXPECT_EQ(uses("worker_pool/workers:1/capacity:0/jobs:1/work_ns:0", capability::unbuffered_channel), 1);
  EXPECT_EQ(uses("parked/n:1", capability::unbuffered_channel), 1);
  EXPECT_EQ(uses("spawn_join/n:1", capability::buffered_channel), 0);
}

}  // namespace
}  // namespace threadmark::harness
