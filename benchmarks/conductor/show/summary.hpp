// The end of a run in a few lines: how many trials by outcome, and what did not end well, each once with its reason.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace threadmark::conductor {

std::string summarize(const std::vector<nlohmann::ordered_json>& trials);

}  // namespace threadmark::conductor
