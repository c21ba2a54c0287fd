#include "plan/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace threadmark::conductor {
namespace {

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

template <class T>
std::optional<T> optional_from(const json& from, const char* name) {
  const auto& value = from.at(name);
  return value.is_null() ? std::nullopt : std::optional(value.get<T>());
}

}  // namespace

json to_json(const settings& s) {
  return {{"profile", s.profile},
          {"model", s.models},
          {"workload", s.workloads},
          {"param", s.params},
          {"cores", s.cores},
          {"blocks", or_null(s.blocks)},
          {"min-time", or_null(s.min_time_s)},
          {"time-limit", or_null(s.time_limit_s)},
          {"memory-limit", or_null(s.memory_limit_bytes)},
          {"seed", or_null(s.seed)}};
}

settings settings_from_json(const json& from) {
  settings s;
  s.profile = from.at("profile").get<std::string>();
  s.models = from.at("model").get<std::vector<std::string>>();
  s.workloads = from.at("workload").get<std::vector<std::string>>();
  s.params = from.at("param").get<decltype(s.params)>();
  s.cores = from.at("cores").get<std::vector<std::string>>();
  s.blocks = optional_from<int>(from, "blocks");
  s.min_time_s = optional_from<double>(from, "min-time");
  s.time_limit_s = optional_from<double>(from, "time-limit");
  s.memory_limit_bytes = optional_from<std::uint64_t>(from, "memory-limit");
  s.seed = optional_from<std::uint32_t>(from, "seed");
  return s;
}

std::vector<std::string> differences(const settings& stored, const settings& asked,
                                     const std::vector<std::string>& given) {
  const json was = to_json(stored), is = to_json(asked);
  std::vector<std::string> result;
  for (const auto& [name, value] : was.items()) {
    if (std::ranges::find(given, name) == given.end() || is.at(name) == value) continue;
    result.push_back(fmt::format("--{}: {} in the run, {} asked", name, value.dump(), is.at(name).dump()));
  }
  return result;
}

}  // namespace threadmark::conductor
