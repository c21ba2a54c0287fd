#include "record/replay.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "machine/noise.hpp"

namespace threadmark::conductor {
namespace {

bool fits(const plan& of, const planned_trial& t, const nlohmann::ordered_json& line) {
  const auto& c = of.cells[t.cell];
  if (line.at("block") != t.block || line.at("model") != t.model || line.at("workload") != c.what->name) return false;
  if (line.at("params").value("cores", 0u) != c.cores) return false;
  return std::ranges::all_of(c.params, [&](const auto& p) {
    return line.at("params").contains(p.first) && line.at("params").at(p.first) == p.second;
  });
}

}  // namespace

int replacement_budget(const plan& of) {
  return std::max<int>(1, static_cast<int>(of.trials.size()) / one_replacement_in);
}

replay replay_journal(const plan& of, const std::vector<nlohmann::ordered_json>& lines) {
  replay result;
  result.done.resize(of.trials.size());
  const auto planned = static_cast<int>(of.trials.size());
  for (const auto& line : lines) {
    const int order = line.at("order").is_number_integer() ? line.at("order").get<int>() : 0;
    result.to_replace.reset();
    if (order > planned) {
      result.replacements = std::max(result.replacements, order - planned);
    } else if (order < 1 || !fits(of, of.trials[static_cast<std::size_t>(order - 1)], line)) {
      result.warnings.push_back(
          fmt::format("a line of trials.jsonl with order {} does not fit the plan; its trial is run again", order));
    } else {
      const auto place = static_cast<std::size_t>(order - 1);
      result.done[place] = true;
      if (line.contains("marks") && !line.at("marks").empty()) result.to_replace = place;
    }
  }
  if (result.replacements >= replacement_budget(of)) result.to_replace.reset();
  return result;
}

}  // namespace threadmark::conductor
