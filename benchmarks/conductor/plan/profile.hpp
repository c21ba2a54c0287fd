// A profile: which cells a run has, how often, and how long each may take (benchmarks/profiles.json).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "plan/catalog.hpp"

namespace threadmark::conductor {

/// Values of some parameters; those not named take the catalogue's. `cores` may be among them: it stands in place of
/// the profile's, for a workload that is too dear, or has no meaning, on the others. So may `blocks`, with one number:
/// its cells are then in no more than the first so many blocks, because each takes long.
using grid = std::map<std::string, std::vector<std::int64_t>>;
inline constexpr const char* cores_of_grid = "cores";
inline constexpr const char* blocks_of_grid = "blocks";
/// Workload name → its grids.
using grids = std::map<std::string, std::vector<grid>>;

/// What one model runs of the workloads named here: in place of the profile's cells if the model is in its list, else
/// these and nothing more. A second name runs what its model runs, unless it is named itself.
struct own_cells {
  std::string model;
  grids cells;
};

struct profile {
  std::string name;
  int blocks = 0;
  std::vector<std::string> cores;  ///< whole numbers, or "all"
  double min_time_s = 0;
  double time_limit_s = 0;
  std::vector<std::string> models;
  std::string again;  ///< the model that also runs against itself; may be empty
  bool abba = false;  ///< the order of trials is a palindrome over every two blocks (order.hpp)
  std::vector<own_cells> own;
  grids cells;
  json source;  ///< as read, for a run's record
};

/// All profiles, checked against the catalogue. Throws usage_error that names what is wrong.
std::vector<profile> read_profiles(const std::filesystem::path& data, const catalog& known);

/// The profile of that name. Throws usage_error that lists the known ones.
const profile& find_profile(const std::vector<profile>& profiles, const std::string& name);

}  // namespace threadmark::conductor
