// What a plan needs of the machine, for `doctor` and for a run's warnings.
#pragma once

#include <algorithm>

#include "machine/findings.hpp"
#include "plan/plan.hpp"

namespace threadmark::conductor {

/// Below this not even the smallest cells of all models fit, with the system beside them.
inline constexpr std::int64_t least_memory = 1'000'000'000;

inline needs needs_of(const plan& p) {
  needs result{0, least_memory};
  for (const auto& c : p.cells) {
    for (const auto& [name, value] : c.params) {
      if (name == "n" || name == "leaves") result.most_tasks = std::max(result.most_tasks, value);
    }
  }
  return result;
}

}  // namespace threadmark::conductor
