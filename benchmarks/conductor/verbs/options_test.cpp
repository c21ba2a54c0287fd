#include "verbs/options.hpp"

#include <gtest/gtest.h>

#include "support/errors.hpp"

namespace threadmark::conductor {
namespace {

options parse(std::vector<const char*> words) {
  words.insert(words.begin(), "threadmark");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

std::string error_of(const std::vector<const char*>& words) {
  try {
    parse(words);
  } catch (const usage_error& e) {
    return e.what();
  }
  return "";
}

TEST(options, take_lists_with_commas_and_repeated) {
  const auto o = parse(
      {"run", "--model=mn,go", "--model", "tbb", "--param", "n=5000,10000", "--param=capacity=0", "--cores=1,all"});
  EXPECT_EQ(o.asked.models, (std::vector<std::string>{"mn", "go", "tbb"}));
  EXPECT_EQ(o.asked.params.at("n"), (std::vector<std::int64_t>{5000, 10000}));
  EXPECT_EQ(o.asked.params.at("capacity"), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(o.asked.cores, (std::vector<std::string>{"1", "all"}));
  EXPECT_EQ(o.asked.profile, "quick");
  EXPECT_EQ(o.given, (std::vector<std::string>{"model", "param", "cores"}));
}

TEST(options, take_numbers_and_sizes) {
  const auto o = parse({"run", "--blocks=3", "--min-time=0.5", "--time-limit=9", "--memory-limit=8GB",
                        "--seed=4000000000", "--dry-run"});
  EXPECT_EQ(o.asked.blocks, 3);
  EXPECT_EQ(o.asked.min_time_s, 0.5);
  EXPECT_EQ(o.asked.time_limit_s, 9);
  EXPECT_EQ(o.asked.memory_limit_bytes, 8'000'000'000u);
  EXPECT_EQ(o.asked.seed, 4'000'000'000u);
  EXPECT_TRUE(o.dry_run);
}

TEST(options, of_a_flag_with_one_value_the_last_counts) {
  const auto o = parse({"run", "--out=a", "--blocks=1", "--out=b", "--blocks=2"});
  EXPECT_EQ(o.out, "b");
  EXPECT_EQ(o.asked.blocks, 2);
}

TEST(options, resume_takes_a_run_or_none) {
  EXPECT_FALSE(parse({"run"}).resume);
  EXPECT_TRUE(parse({"run", "--resume"}).resume);
  EXPECT_EQ(parse({"run", "--resume", "--out=x"}).resume_run, "");
  EXPECT_EQ(parse({"run", "--resume=abc"}).resume_run, "abc");
}

TEST(options, the_rest_of_the_line_is_for_the_program_that_does_the_verb) {
  const auto claim = parse({"claim", "C03", "--blocks=2"});
  EXPECT_EQ(claim.what, verb::claim);
  EXPECT_EQ(claim.rest, (std::vector<std::string>{"C03", "--blocks=2"}));
  const auto compare = parse({"compare", "a", "latest", "--out=there"});
  EXPECT_EQ(compare.what, verb::compare);
  EXPECT_EQ(compare.rest, (std::vector<std::string>{"a", "latest", "--out=there"}));
  EXPECT_EQ(parse({"compare", "--help"}).rest, std::vector<std::string>{"--help"});
}

TEST(options, help_and_version_are_no_errors) {
  EXPECT_NE(parse({"--help"}).help.find("doctor"), std::string::npos);
  EXPECT_NE(parse({"run", "--help"}).help.find("--memory-limit"), std::string::npos);
  EXPECT_NE(parse({"list", "--help"}).help.find("--json"), std::string::npos);
  EXPECT_EQ(parse({"--version"}).help.rfind("threadmark ", 0), 0u);
}

TEST(options, what_is_unknown_is_said_in_one_line_with_what_is_known) {
  for (const auto& [words, part] : std::vector<std::pair<std::vector<const char*>, std::string>>{
           {{}, "known: run, list, doctor"},
           {{"go"}, "unknown verb 'go'; known: run, list, doctor"},
           {{"--nosuch"}, "unknown flag '--nosuch'"},
           {{"run", "--nosuch=1"}, "run: unknown flag '--nosuch'; known: --help, --profile, --out"},
           {{"doctor", "--model=mn"}, "doctor: unknown flag '--model'; known: --help, --data, --bin, --json"},
           {{"run", "--blocks=x"}, "--blocks"},
           {{"run", "--blocks=0"}, "--blocks takes a number above 0"},
           {{"run", "--min-time=-1"}, "--min-time takes a number above 0"},
           {{"run", "--time-limit=nan"}, "--time-limit takes a number above 0"},
           {{"run", "--seed=-1"}, "--seed"},
           {{"run", "--memory-limit=much"}, "not 'much'"},
           {{"run", "--param=n"}, "not 'n'"},
           {{"run", "--param=n="}, "not 'n='"},
           {{"run", "--param=n=1,x"}, "not 'n=1,x'"},
           {{"run", "--resume", "--name=x"}, "give one of them"}}) {
    const auto error = error_of(words);
    EXPECT_NE(error.find(part), std::string::npos) << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

}  // namespace
}  // namespace threadmark::conductor
