// What shapes a run: the profile's numbers after the command line has narrowed or changed them. A run's plan follows
// from these, the catalogue, the profile and the number of CPUs alone, so that a resumed run has the same plan.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/catalog.hpp"

namespace threadmark::conductor {

struct settings {
  std::string profile = "quick";
  std::vector<std::string> models;     ///< empty: the profile's
  std::vector<std::string> workloads;  ///< empty: the profile's
  std::map<std::string, std::vector<std::int64_t>> params;
  std::vector<std::string> cores;  ///< empty: the profile's
  std::optional<int> blocks;
  std::optional<double> min_time_s;
  std::optional<double> time_limit_s;
  std::optional<std::uint64_t> memory_limit_bytes;
  std::optional<std::uint32_t> seed;
};

json to_json(const settings& s);
/// Throws json::exception where the text is not what to_json gave.
settings settings_from_json(const json& from);

/// For every setting that `asked` names explicitly and `stored` has otherwise: "blocks: 5 in the run, 3 asked".
/// `given` holds the names of the settings that were given on the command line.
std::vector<std::string> differences(const settings& stored, const settings& asked,
                                     const std::vector<std::string>& given);

}  // namespace threadmark::conductor
