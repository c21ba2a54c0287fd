// Runs what is left of a plan, trial after trial, and records each as it ends.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "child/signals.hpp"
#include "plan/plan.hpp"
#include "record/journal.hpp"
#include "record/replay.hpp"
#include "trial/trial.hpp"

namespace threadmark::conductor {

/// Appends to `lines` (those of earlier sittings first) what is recorded. Throws interrupted, with every finished
/// trial on the disk, and broken.
void run_series(const trial_context& context, const plan& of, const replay& so_far, journal& record,
                std::vector<nlohmann::ordered_json>& lines, signals& ours);

}  // namespace threadmark::conductor
