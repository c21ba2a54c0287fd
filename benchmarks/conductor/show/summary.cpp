#include "show/summary.hpp"

#include <fmt/format.h>

#include <map>

#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

/// "os_threads parked n=100000 cores=1".
std::string cell_of(const nlohmann::ordered_json& trial) {
  auto text = fmt::format("{} {}", trial.at("model").get<std::string>(), trial.at("workload").get<std::string>());
  for (const auto& [name, value] : trial.at("params").items()) text += fmt::format(" {}={}", name, value.dump());
  return text;
}

}  // namespace

std::string summarize(const std::vector<nlohmann::ordered_json>& trials) {
  struct failure {
    std::string reason;
    int times = 0;
  };
  std::map<std::string, int> outcomes;
  std::map<std::string, failure> failures;  // by outcome and cell
  std::size_t marked = 0;
  for (const auto& t : trials) {
    const auto outcome = t.at("outcome").get<std::string>();
    ++outcomes[outcome];
    if (t.contains("marks")) ++marked;
    if (outcome == "ok") continue;
    auto& f = failures[fmt::format("{}: {}", outcome, cell_of(t))];
    if (++f.times == 1 && t.contains("reason") && t.at("reason").is_string())
      f.reason = t.at("reason").get<std::string>();
  }
  std::vector<std::string> counts;
  counts.reserve(outcomes.size());
  for (const auto& [outcome, count] : outcomes) counts.push_back(fmt::format("{} {}", count, outcome));
  auto text = fmt::format("{} trials: {}{}\n", trials.size(), join(counts),
                          marked ? fmt::format(" ({} marked for stolen time)", marked) : "");
  for (const auto& [what, f] : failures)
    text += fmt::format("  {} ({} times): {}\n", what, f.times, one_line(f.reason, 160));
  return text;
}

}  // namespace threadmark::conductor
