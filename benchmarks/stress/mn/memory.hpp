// How much memory the process holds, and whether that stays.
#pragma once

#include <chrono>
#include <cstddef>

#include "stress/mn/scenario.hpp"

namespace threadmark::stress {

/// Resident memory in bytes, without what is mapped from files (/proc/self/statm); 0 where that cannot be read.
std::size_t resident_bytes();

/// Looks now and then, between two rounds of a scenario, when the runtime has had time to give back what it kept. The
/// first look, after a tenth of the scenario's time, is the base; by then the caches have their size.
class memory_watch {
 public:
  /// Names its outcomes.
  explicit memory_watch(stress_run& run);
  void look_if_due();

 private:
  stress_run& run_;
  std::chrono::steady_clock::duration pause_;
  std::chrono::steady_clock::time_point next_look_;
  std::size_t base_ = 0;
};

}  // namespace threadmark::stress
