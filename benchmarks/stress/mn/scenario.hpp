// A scenario of the stress suite: what it does again and again until its time is over, and what came of it.
//
// Outcomes are graded as in jcstress: `acceptable` is what the contract says; `interesting` is allowed too, but seldom
// or of use to know that it happens; `forbidden` is a bug. A scenario names all that it can tell apart beforehand, so
// that what never happened is seen as well.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace threadmark::stress {

enum class grade { acceptable, interesting, forbidden };

/// Counts outcomes. May be used from any thread and task at any time.
class tally {
 public:
  struct entry {
    grade is;
    std::uint64_t count = 0;
  };

  void name(std::string_view outcome, grade is) { entries_.try_emplace(std::string(outcome), entry{is}); }
  /// One that was not named is a mistake in the scenario, and forbidden.
  void add(std::string_view outcome, std::uint64_t times = 1) {
    std::lock_guard guard(mutex_);
    entries_.try_emplace(std::string(outcome), entry{grade::forbidden}).first->second.count += times;
  }
  [[nodiscard]] const std::map<std::string, entry>& entries() const { return entries_; }

 private:
  std::mutex mutex_;  // never held while anything waits, so tasks may use it
  std::map<std::string, entry> entries_;
};

/// What a scenario is given.
struct stress_run {
  unsigned cores;
  std::chrono::steady_clock::time_point end;
  std::mt19937_64 random;
  tally& outcomes;
  std::uint64_t rounds = 0;  ///< counted by the scenario

  [[nodiscard]] bool over() const { return std::chrono::steady_clock::now() >= end; }
  std::uint64_t below(std::uint64_t bound) { return random() % bound; }
};

struct scenario {
  std::string_view name;
  std::string_view sentence;
  void (*body)(stress_run&);
};

std::span<const scenario> scenarios();

// One file each.
void spawn_flood(stress_run& run);
void steal_storm(stress_run& run);
void close_races(stress_run& run);
void wake_races(stress_run& run);
void timer_storm(stress_run& run);
void cancel_storm(stress_run& run);
void network(stress_run& run);
void shutdown_races(stress_run& run);
void stack_overflow(stress_run& run);
void soak(stress_run& run);

}  // namespace threadmark::stress
