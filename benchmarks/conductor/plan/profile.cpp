#include "plan/profile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "support/errors.hpp"
#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

grids read_grids(const json& cells, const catalog& known) {
  grids result;
  for (const auto& [name, list] : cells.items()) {
    const workload* w = known.find(name);
    if (!w) throw usage_error(unknown("workload", name, known.names()));
    auto& into = result[name];  // an empty list is an answer too: none of this workload
    for (const auto& one : list) {
      grid g;
      for (const auto& [param, values] : one.items()) {
        if (param != cores_of_grid && param != blocks_of_grid && !w->find_param(param)) {
          auto params = names_of(w->params);
          params.emplace_back(cores_of_grid);
          params.emplace_back(blocks_of_grid);
          throw usage_error(unknown("parameter of " + name, param, params));
        }
        g[param] = values.get<std::vector<std::int64_t>>();
        if (param == cores_of_grid && std::ranges::any_of(g[param], [](auto k) { return k < 1; })) {
          throw usage_error(fmt::format("cores of {} must be above 0", name));
        }
        if (param == blocks_of_grid && (g[param].size() != 1 || g[param].front() < 1)) {
          throw usage_error(fmt::format("blocks of {} is one number above 0, as [5]", name));
        }
      }
      into.push_back(std::move(g));
    }
  }
  return result;
}

profile read_profile(const std::string& name, const json& entry, const catalog& known) {
  profile p;
  p.name = name;
  p.source = entry;
  p.blocks = entry.at("blocks").get<int>();
  p.min_time_s = entry.at("min_time_s").get<double>();
  p.time_limit_s = entry.at("time_limit_s").get<double>();
  p.models = entry.at("models").get<std::vector<std::string>>();
  p.again = entry.value("again", "");
  const auto order = entry.value("order", "shuffled");
  if (order != "shuffled" && order != "abba") throw usage_error(unknown("order", order, {"shuffled", "abba"}));
  p.abba = order == "abba";
  for (const auto& c : entry.at("cores")) {
    p.cores.push_back(c.is_string() ? c.get<std::string>() : std::to_string(c.get<unsigned>()));
    if (p.cores.back() != "all" && whole_number(p.cores.back()).value_or(0) < 1) {
      throw usage_error(fmt::format("cores: '{}' is neither a number above 0 nor \"all\"", p.cores.back()));
    }
  }
  if (p.blocks < 1 || !(p.min_time_s > 0) || !(p.time_limit_s > 0) || p.models.empty() || p.cores.empty()) {
    throw usage_error("blocks, min_time_s and time_limit_s must be above 0; models and cores must not be empty");
  }
  p.cells = read_grids(entry.at("cells"), known);
  if (entry.contains("own")) {
    for (const auto& e : entry.at("own")) {
      p.own.push_back({e.at("model").get<std::string>(), read_grids(e.at("cells"), known)});
    }
  }
  return p;
}

}  // namespace

std::vector<profile> read_profiles(const std::filesystem::path& data, const catalog& known) {
  const auto file = data / "profiles.json";
  std::vector<profile> result;
  const auto parsed = read_json_file(file);
  std::string reading;
  try {
    for (const auto& [name, entry] : parsed.at("profiles").items()) {
      reading = name;
      result.push_back(read_profile(name, entry, known));
    }
  } catch (const std::exception& e) {  // json's own, or ours with the detail
    throw usage_error(fmt::format("{}: profile '{}': {}", file.string(), reading, e.what()));
  }
  return result;
}

const profile& find_profile(const std::vector<profile>& profiles, const std::string& name) {
  const auto at = std::ranges::find(profiles, name, &profile::name);
  if (at != profiles.end()) return *at;
  throw usage_error(unknown("profile", name, names_of(profiles)));
}

}  // namespace threadmark::conductor
