// faults_victim_mn: uses all of mn for a stated time, from a seed, and checks what must hold whatever the system
// refuses. One line of JSON on standard output says what happened. The exit code is 0 where all was right, 2 where the
// arguments cannot be taken, 4 where an invariant does not hold; mn itself may end the process with a line of its own.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>

#include "stress/faults/victim/happened.hpp"
#include "stress/faults/victim/runtimes.hpp"
#include "stress/faults/victim/storm.hpp"

namespace {

using namespace threadmark::faults;
using clock = std::chrono::steady_clock;

struct flags {
  double seconds = 1;
  std::uint64_t seed = 1;
  unsigned cores = 2;
  bool signals = false;
};

struct tally {
  std::array<std::atomic<std::uint64_t>, kinds_of_work.size()> work{};
  std::uint64_t rounds = 0, runtimes = 0, short_lived = 0, without = 0;
} done;

[[noreturn]] void refuse(std::string_view argument) {
  std::fprintf(stderr,
               "faults_victim_mn: cannot take '%.*s'; known: --seconds=S (above 0, at most 3600), --seed=N, --cores=K "
               "(1 to 64), --signals\n",
               static_cast<int>(argument.size()), argument.data());
  std::exit(2);
}

template <class T>
bool take(std::string_view argument, std::string_view flag, T& into) {
  if (!argument.starts_with(flag)) return false;
  argument.remove_prefix(flag.size());
  const char* const end = argument.data() + argument.size();
  const auto [stopped, error] = std::from_chars(argument.data(), end, into);
  return error == std::errc() && stopped == end;
}

flags read_flags(int argc, char** argv) {
  flags asked;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    const bool taken = (take(argument, "--seconds=", asked.seconds) && asked.seconds > 0 && asked.seconds <= 3600) ||
                       take(argument, "--seed=", asked.seed) ||
                       (take(argument, "--cores=", asked.cores) && asked.cores >= 1 && asked.cores <= 64) ||
                       (argument == "--signals" && (asked.signals = true));
    if (!taken) refuse(argument);
  }
  return asked;
}

void count_work(std::size_t kind) {
  done.work[kind].fetch_add(1, std::memory_order_relaxed);
}

void work(const flags& asked) {
  dice random(asked.seed * 2 + 1);
  const auto end = clock::now() + std::chrono::duration<double>(asked.seconds);
  std::optional<mn::runtime> runtime;
  while (clock::now() < end) {
    if (!runtime || random.below(8) == 0) {
      runtime.reset();
      attempt([&] {
        runtime.emplace(some_options(random, asked.cores));
        ++done.runtimes;
      });
    }
    if (runtime) {
      attempt([&] {
        work_round(*runtime, dice(random()), count_work);
        ++done.rounds;
      });
    }
    if (random.below(6) == 0) {
      attempt([&] {
        short_lived_runtime(dice(random()), asked.cores);
        ++done.short_lived;
      });
    }
    if (random.below(16) == 0) {
      attempt([&] {
        without_a_runtime(dice(random()));
        ++done.without;
      });
    }
  }
}

void print(const flags& asked) {
  std::printf(R"({"seed":%llu,"cores":%u,"rounds":%llu,"runtimes":%llu,"short_lived":%llu,"without":%llu,"work":{)",
              static_cast<unsigned long long>(asked.seed), asked.cores, static_cast<unsigned long long>(done.rounds),
              static_cast<unsigned long long>(done.runtimes), static_cast<unsigned long long>(done.short_lived),
              static_cast<unsigned long long>(done.without));
  const auto entry = [](bool first, std::string_view name, std::uint64_t n) {
    std::printf("%s\"%.*s\":%llu", first ? "" : ",", static_cast<int>(name.size()), name.data(),
                static_cast<unsigned long long>(n));
  };
  for (std::size_t i = 0; i < kinds_of_work.size(); ++i) entry(i == 0, kinds_of_work[i].name, done.work[i]);
  std::printf(R"(},"errors":{)");
  for (std::size_t i = 0; i < error_names.size(); ++i) entry(i == 0, error_names[i], caught(i));
  std::printf(R"(},"signals":{)");
  for (std::size_t i = 0; i < signal_storm::names.size(); ++i) {
    entry(i == 0, signal_storm::names[i], signal_storm::handled(i));
  }
  std::printf("}}\n");
}

}  // namespace

int main(int argc, char** argv) {
  const flags asked = read_flags(argc, argv);
  {
    std::optional<signal_storm> storm;
    if (asked.signals) storm.emplace();
    work(asked);
  }
  print(asked);
  return 0;
}
