#include "trial/contender_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace threadmark::conductor {
namespace {

/// Google Benchmark appends "/iterations:1", "/real_time" and the like to the name that was registered.
bool is_cell(const nlohmann::json& entry, const std::string& cell) {
  const auto name = entry.value("name", "");
  return entry.value("run_type", "iteration") == "iteration" && (name == cell || name.starts_with(cell + "/"));
}

}  // namespace

std::optional<contender_report> read_contender_json(std::string_view text, const std::string& cell,
                                                    std::string& error) {
  try {
    const auto parsed = nlohmann::json::parse(text);
    const auto& context = parsed.at("context");
    contender_report report;
    report.model = context.at("model").get<std::string>();
    report.version = context.at("model_version").get<std::string>();
    report.variant = context.value("variant", "");
    for (const auto& entry : parsed.at("benchmarks")) {
      if (!is_cell(entry, cell)) continue;
      if (entry.value("error_occurred", false)) {
        error = "contender reported an error: " + entry.value("error_message", "(without a message)");
        return std::nullopt;
      }
      report.label = entry.value("label", "");
      for (const auto& [name, value] : entry.items()) {
        if (value.is_number()) report.numbers[name] = value.get<double>();
      }
      return report;
    }
    error = fmt::format("contender's JSON has no entry for {}", cell);
  } catch (const nlohmann::json::exception& e) {
    error = fmt::format("contender printed JSON that cannot be read ({})", e.what());
  }
  return std::nullopt;
}

}  // namespace threadmark::conductor
