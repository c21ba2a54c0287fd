// What a plan needs of the machine, for `doctor` and for a run's warnings.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "machine/findings.hpp"
#include "plan/plan.hpp"

namespace threadmark::conductor {

/// Below this not even the smallest cells of all models fit, with the system beside them.
inline constexpr std::int64_t least_memory = 1'000'000'000;

/// Adds what the plan needs. A task is an OS thread in one model; in three it has a stack with a guard page, which
/// takes two memory maps. What the kernel refuses them is a limit of that model, so only those that run count.
inline void add_needs(const plan& p, needs& all) {
  const auto runs = [](const cell& c, std::initializer_list<std::string_view> models) {
    return std::ranges::any_of(c.models, [&](const auto& m) { return std::ranges::find(models, m) != models.end(); });
  };
  for (const auto& c : p.cells) {
    for (const auto& [name, value] : c.params) {
      if (name == "share_percent" && value < 100) all.cpu_shares = true;
      if (name == "connections" || (name == "n" && c.what->name == "idle_connections"))
        all.most_connections = std::max(all.most_connections, value);
      if (name != "n" && name != "leaves") continue;
      if (name == "n" && c.what->name != "spawn_join") all.most_tasks = std::max(all.most_tasks, value);
      if (runs(c, {"os_threads"})) all.most_threads = std::max(all.most_threads, value);
      if (runs(c, {"os_threads", "tbb", "boost_fiber.guarded"})) all.most_guarded = std::max(all.most_guarded, value);
    }
  }
}

inline needs needs_of(const plan& p) {
  needs result{.memory_bytes = least_memory};
  add_needs(p, result);
  return result;
}

}  // namespace threadmark::conductor
