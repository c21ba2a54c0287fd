// The race detector that goes with a model finds races that were planted, and is silent where they have been mended.
// The programs are planted/races.cpp, and for Go testdata/races.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "conformance/suite.hpp"

namespace threadmark::conformance {

/// Why these rules cannot be tried on the model here; empty: they can.
constexpr std::string_view no_race_detector(std::string_view model) {
  if (model == "mn")
    return "this mn is built without ThreadSanitizer; make race finds its own planted races in one with it";
  if (model == "boost_fiber") return "the distribution's Boost.Fiber does not tell ThreadSanitizer of its switches";
  if (model == "tbb")
    return "the distribution's oneTBB is built without ThreadSanitizer, which cannot see what orders its tasks";
#ifdef THREADMARK_PLANTED_RACES
  return "";
#else
  return "another sanitizer is at work in this build";
#endif
}

template <class M>
class race_detector_rules : public rules<M> {
 protected:
  void SetUp() override {
    if (!no_race_detector(M::name).empty()) GTEST_SKIP() << "race detector: " << no_race_detector(M::name);
  }

  struct ending {
    int code = -1;
    std::string said;
    bool found() const { return code == 66 && said.find("data race") != std::string::npos; }
  };

  /// `with`: the kind of race, and "clean" where it is to be mended.
  static ending planted(const std::string& with) {
    ending result;
#ifdef THREADMARK_PLANTED_RACES
    std::FILE* const output = ::popen((std::string(THREADMARK_PLANTED_RACES) + " " + with + " 2>&1").c_str(), "r");
    if (output == nullptr) return result;
    char some[4096];
    while (const std::size_t got = std::fread(some, 1, sizeof some, output)) result.said.append(some, got);
    const int status = ::pclose(output);
    if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
#else
    (void)with;
#endif
    return result;
  }
};
TYPED_TEST_SUITE(race_detector_rules, models);

TYPED_TEST(race_detector_rules, a_counter_that_two_tasks_raise_is_found) {
  const auto program = this->planted("counter");
  EXPECT_TRUE(program.found()) << program.said;
}

TYPED_TEST(race_detector_rules, a_value_that_nobody_has_published_is_found) {
  const auto program = this->planted("published");
  EXPECT_TRUE(program.found()) << program.said;
}

TYPED_TEST(race_detector_rules, a_list_that_two_tasks_append_to_is_found) {
  const auto program = this->planted("appended");
  EXPECT_TRUE(program.found()) << program.said;
}

TYPED_TEST(race_detector_rules, a_race_of_two_that_a_third_has_woken_is_found) {
  const auto program = this->planted("woken");
  EXPECT_TRUE(program.found()) << program.said;
}

TYPED_TEST(race_detector_rules, the_same_with_locks_and_channels_is_silent) {
  for (const char* kind : {"counter", "published", "appended", "woken"}) {
    const auto program = this->planted(std::string(kind) + " clean");
    EXPECT_EQ(program.code, 0) << kind << ": " << program.said;
    EXPECT_EQ(program.said.find("data race"), std::string::npos) << kind << ": " << program.said;
  }
}

}  // namespace threadmark::conformance
