#include "catalog.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "catalog_text.hpp"

namespace threadmark::harness {
namespace {

capability capability_named(const std::string& name) {
  for (const capability one : all_capabilities)
    if (to_string(one) == name) return one;
  throw std::runtime_error("catalog.json: unknown capability '" + name + "'");
}

}  // namespace

std::vector<workload_entry> parse_catalog(std::string_view json) {
  const auto document = nlohmann::ordered_json::parse(json);
  if (document.at("schema") != 1) throw std::runtime_error("catalog.json: the schema is not 1");
  std::vector<workload_entry> entries;
  for (const auto& [name, body] : document.at("workloads").items()) {
    workload_entry& entry = entries.emplace_back();
    entry.name = name;
    entry.sentence = body.at("sentence").get<std::string>();
    for (const auto& [param, values] : body.at("params").items())
      entry.params.emplace_back(param, values.get<std::vector<std::uint64_t>>());
    for (const auto& use : body.at("uses")) entry.uses.push_back(capability_named(use.get<std::string>()));
    for (const auto& [metric, unit] : body.at("metrics").items()) entry.metrics.push_back(metric);
  }
  return entries;
}

const std::vector<workload_entry>& catalog() {
  static const std::vector<workload_entry> entries = parse_catalog(catalog_text);
  return entries;
}

const workload_entry* find_workload(std::string_view name) {
  for (const workload_entry& entry : catalog())
    if (entry.name == name) return &entry;
  return nullptr;
}

}  // namespace threadmark::harness
