#include "plan/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "memory_ledger/proc_text.hpp"
#include "support/errors.hpp"
#include "support/text.hpp"

namespace threadmark::conductor {

bool workload::needs_a_client() const {
  return std::ranges::find(uses, "network") != uses.end();
}

const parameter* workload::find_param(const std::string& param) const {
  const auto at = std::ranges::find(params, param, &parameter::name);
  return at == params.end() ? nullptr : &*at;
}

const workload* catalog::find(const std::string& name) const {
  const auto at = std::ranges::find(workloads, name, &workload::name);
  return at == workloads.end() ? nullptr : &*at;
}

std::vector<std::string> catalog::names() const {
  return names_of(workloads);
}

std::vector<std::string> catalog::param_names() const {
  std::vector<std::string> result;
  for (const auto& w : workloads) {
    for (const auto& p : w.params) {
      if (std::ranges::find(result, p.name) == result.end()) result.push_back(p.name);
    }
  }
  return result;
}

json read_json_file(const std::filesystem::path& file) {
  const auto text = ledger::read_text(file);
  if (!text) throw usage_error(fmt::format("cannot read {}; --data names the folder that holds it", file.string()));
  try {
    auto parsed = json::parse(*text);
    if (parsed.value("schema", 0) != 1) throw usage_error(fmt::format("{}: not \"schema\": 1", file.string()));
    return parsed;
  } catch (const json::exception& e) {
    throw usage_error(fmt::format("{}: {}", file.string(), e.what()));
  }
}

catalog read_catalog(const std::filesystem::path& data) {
  const auto file = data / "workloads" / "catalog.json";
  catalog result;
  result.source = read_json_file(file);
  try {
    for (const auto& [name, entry] : result.source.at("workloads").items()) {
      workload w{name, entry.at("sentence").get<std::string>(), {}, {}, {}};
      for (const auto& [param, values] : entry.at("params").items()) {
        w.params.push_back({param, values.get<std::vector<std::int64_t>>()});
        if (w.params.back().values.empty()) {
          throw usage_error(fmt::format("{}: {} has no value for {}", file.string(), name, param));
        }
      }
      w.uses = entry.at("uses").get<std::vector<std::string>>();
      for (const auto& [m, about] : entry.at("metrics").items()) {
        w.metrics.push_back({m, about.at("unit").get<std::string>(), about.at("better").get<std::string>()});
      }
      result.workloads.push_back(std::move(w));
    }
  } catch (const json::exception& e) {
    throw usage_error(fmt::format("{}: {}", file.string(), e.what()));
  }
  return result;
}

}  // namespace threadmark::conductor
