// What of a plan is done already, from the lines of a journal.
//
// Numbers: planned trials have 1…N; a replacement for a marked trial has the next free number above N. A replacement
// follows its marked trial at once, so only the last line of a journal can be a marked trial whose replacement is still
// to come.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.hpp"

namespace threadmark::conductor {

struct replay {
  std::vector<bool> done;                 ///< by place in plan.trials
  int replacements = 0;                   ///< lines that are replacements
  std::optional<std::size_t> to_replace;  ///< the place of a marked trial whose replacement is still to come
  std::vector<std::string> warnings;      ///< lines that do not fit the plan
};

replay replay_journal(const plan& of, const std::vector<nlohmann::ordered_json>& lines);

/// How many replacements a run may have.
int replacement_budget(const plan& of);

}  // namespace threadmark::conductor
