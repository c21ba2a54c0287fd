#include "trial/series.hpp"

#include "show/progress.hpp"
#include "support/errors.hpp"

namespace threadmark::conductor {
namespace {

/// What earlier sittings took, so that the time left is known from the start.
void learn(estimate& past, const plan& of, const std::vector<nlohmann::ordered_json>& lines) {
  for (const auto& line : lines) {
    const auto order = line.at("order").get<std::size_t>();
    if (order < 1 || order > of.trials.size() || !line.contains("duration_s")) continue;
    past.add(of.trials[order - 1].cell, of.trials[order - 1].model, line.at("duration_s").get<double>());
  }
}

}  // namespace

void run_series(const trial_context& context, const plan& of, const replay& so_far, journal& record,
                std::vector<nlohmann::ordered_json>& lines, signals& ours) {
  std::vector<std::size_t> pending;
  for (std::size_t i = 0; i < of.trials.size(); ++i) {
    if (!so_far.done[i]) pending.push_back(i);
  }
  progress shown(of, pending, stderr);
  learn(shown.past(), of, lines);
  int replacements = so_far.replacements;

  const auto run_one = [&](const planned_trial& which) {
    if (const int signal = ours.take()) throw interrupted{signal};
    shown.begins(which);
    const auto result = run_trial(context, of, which, ours);
    if (result.interrupted) throw interrupted{ours.take()};
    record.append(result.line);
    lines.push_back(result.line);
    shown.ended(which, result.outcome, result.seconds);
    return result.stolen;
  };
  const auto replace = [&](planned_trial which) {
    if (replacements >= replacement_budget(of)) return;
    which.order = static_cast<int>(of.trials.size()) + ++replacements;
    run_one(which);
  };
  if (so_far.to_replace) replace(of.trials[*so_far.to_replace]);
  for (const auto i : pending) {
    if (run_one(of.trials[i])) replace(of.trials[i]);
  }
}

}  // namespace threadmark::conductor
