// Runs the rules for one model on THREADMARK_CORES cores (default 1) in its configuration THREADMARK_VARIANT (default:
// the recommended one), pinned to that many CPUs as a contender is.
#include <gtest/gtest.h>
#include <sched.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "conformance/settings.hpp"
#include "conformance/watchdog.hpp"

namespace {

constexpr std::chrono::seconds time_limit{30};

unsigned cores_asked_for() {
  const char* text = std::getenv("THREADMARK_CORES");
  if (text == nullptr) return 1;
  const std::string_view digits(text);
  unsigned cores = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), cores);
  if (error != std::errc() || end != digits.data() + digits.size() || cores == 0) {
    std::fprintf(stderr, "conformance: THREADMARK_CORES is '%s': it must be a whole number from 1\n", text);
    std::exit(2);
  }
  return cores;
}

/// Leaves the process the first `cores` CPUs that it may use (fewer, where there are not so many).
void pin(unsigned cores) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
    std::perror("conformance: sched_getaffinity");
    std::exit(2);
  }
  cpu_set_t first;
  CPU_ZERO(&first);
  for (unsigned cpu = 0, taken = 0; cpu < CPU_SETSIZE && taken < cores; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    CPU_SET(cpu, &first);
    ++taken;
  }
  if (sched_setaffinity(0, sizeof(first), &first) != 0) {
    std::perror("conformance: sched_setaffinity");
    std::exit(2);
  }
}

}  // namespace

unsigned threadmark::conformance::cores() {
  static const unsigned value = cores_asked_for();
  return value;
}

std::string_view threadmark::conformance::variant() {
  const char* text = std::getenv("THREADMARK_VARIANT");
  return text == nullptr ? std::string_view() : std::string_view(text);
}

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  pin(threadmark::conformance::cores());
  testing::UnitTest::GetInstance()->listeners().Append(new threadmark::conformance::watchdog(time_limit));
  return RUN_ALL_TESTS();
}
