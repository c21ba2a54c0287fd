// `threadmark limits`, from outside and in its parts.
#include <gtest/gtest.h>

#include <algorithm>

#include "machine/limit_advice.hpp"
#include "plan/limit_search.hpp"
#include "tests/lab.hpp"

namespace threadmark::conductor::test {
namespace {

/// What the search finds where everything up to `limit` works.
limit_search searched(std::int64_t first, std::int64_t most, std::int64_t limit) {
  limit_search search(first, most);
  for (int tries = 0; search.next() != 0; ++tries) {
    EXPECT_LT(tries, 40);
    search.tell(search.next() <= limit);
    if (tries >= 40) break;
  }
  return search;
}

TEST(limit_search, comes_within_a_thirty_second_of_the_limit) {
  for (const std::int64_t limit : {1'000, 1'001, 32'448, 65'530, 999'999}) {
    const auto s = searched(1000, 1'000'000, limit);
    EXPECT_LE(s.works(), limit);
    EXPECT_GT(s.fails(), limit);
    EXPECT_LE(s.fails() - s.works(), s.fails() / 32 + 1) << limit;
  }
}

TEST(limit_search, ends_where_the_most_works) {
  const auto s = searched(1000, 5000, 1'000'000);
  EXPECT_EQ(s.works(), 5000);
  EXPECT_EQ(s.fails(), 0);
}

TEST(limit_search, finds_small_limits_and_that_nothing_works) {
  for (const std::int64_t limit : {0, 1, 7}) {
    const auto s = searched(1000, 1'000'000, limit);
    EXPECT_EQ(s.works(), limit);
    EXPECT_EQ(s.fails(), limit + 1);
  }
}

TEST(limit_advice, names_the_setting_behind_a_reason) {
  EXPECT_TRUE(limit_advice("pthread_create: EAGAIN at 32448 threads; kernel.pid_max is 32768")
                  .starts_with("sysctl kernel.pid_max"));
  EXPECT_TRUE(
      limit_advice("SIGSEGV with 65530 memory maps; vm.max_map_count is 65530").starts_with("sysctl vm.max_map"));
  EXPECT_TRUE(limit_advice("needed more memory than the limit of 2 GB").starts_with("more memory"));
  EXPECT_TRUE(limit_advice("mn: the system gives no stack (Cannot allocate memory): … or a higher limit (ulimit -v)")
                  .starts_with("ulimit -v"));
  EXPECT_EQ(limit_advice("no end within 120 s"), "");
}

TEST(limits, names_what_stopped_each_model_and_records_every_attempt) {
  const lab lab;
  lab.contenders({"good", "limit"});
  lab.profile({"good"});
  auto arguments = lab.arguments("limits", {"--most=3000", "--out=" + lab.out().string(), "--name=x", "--json"});
  const auto r = lab.call(arguments);
  ASSERT_EQ(r.code, 0) << r.errors;
  const auto found = nlohmann::json::parse(r.out);
  EXPECT_EQ(found, nlohmann::json::parse(read(lab.out() / "limits/x/limits.json")));
  ASSERT_EQ(found.at("models").size(), 2u);
  const auto& good = found.at("models").at(0);
  EXPECT_EQ(good.at("works"), 3000);
  EXPECT_TRUE(good.at("fails").is_null());
  const auto& stopped = found.at("models").at(1);
  EXPECT_EQ(stopped.at("works"), 0);
  EXPECT_EQ(stopped.at("fails"), 1);
  EXPECT_EQ(stopped.at("outcome"), "limit");
  EXPECT_EQ(stopped.at("reason"), "pthread_create: EAGAIN at 7 threads; kernel.pid_max is 8");
  EXPECT_TRUE(stopped.at("setting").get<std::string>().starts_with("sysctl kernel.pid_max"));
  const std::string lines = read(lab.out() / "limits/x/trials.jsonl");
  EXPECT_GE(std::ranges::count(lines, '\n'), 3 + 2);
}

TEST(limits, refuses_what_it_does_not_know_in_one_line) {
  const lab lab;
  lab.contenders({"good"});
  lab.profile({"good"});
  for (const auto& [argument, said] :
       std::vector<std::pair<std::string, std::string>>{{"--model=ghost", "unknown model 'ghost'; known: good"},
                                                        {"--cores=many", "--cores takes numbers from 1 to"},
                                                        {"--memory-limit=lots", "--memory-limit takes a size"},
                                                        {"--most=0", "limits: "}}) {
    const auto r = lab.call(lab.arguments("limits", {argument, "--out=" + lab.out().string()}));
    EXPECT_EQ(r.code, 2) << argument << r.errors;
    EXPECT_NE(r.errors.find(said), std::string::npos) << r.errors;
    EXPECT_EQ(std::ranges::count(r.errors, '\n'), 1) << r.errors;
  }
}

}  // namespace
}  // namespace threadmark::conductor::test
