// Runs the rules for one model on THREADMARK_CORES cores (default 1), pinned to that many CPUs as a contender is, in
// its configuration --variant=NAME (default: the recommended one).
#include <gtest/gtest.h>
#include <sched.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "conformance/settings.hpp"
#include "conformance/watchdog.hpp"

#if defined(__SANITIZE_THREAD__)
// ThreadSanitizer's search for lock cycles gives up, fatally, where one thread holds 64 locks; a composed select over
// more channels than that holds all of theirs for a moment (in the order of their addresses: compose/select.hpp).
extern "C" const char* __tsan_default_options() {
  return "detect_deadlocks=0";
}
#endif

namespace {

constexpr std::chrono::seconds time_limit{60};

std::string_view variant_asked_for;

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

/// What GoogleTest has left of the arguments.
void read_arguments(int argc, char** argv) {
  constexpr std::string_view flag = "--variant=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    if (!argument.starts_with(flag)) {
      std::fprintf(stderr, "conformance: unknown argument '%s'; known: --variant=NAME and GoogleTest's own\n", argv[i]);
      std::exit(2);
    }
    variant_asked_for = argument.substr(flag.size());
  }
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
  return variant_asked_for;
}

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  read_arguments(argc, argv);
  pin(threadmark::conformance::cores());
  testing::UnitTest::GetInstance()->listeners().Append(new threadmark::conformance::watchdog(time_limit));
  return RUN_ALL_TESTS();
}
