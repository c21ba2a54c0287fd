// The plan of a run: every trial in its order. Pure: the same inputs give the same plan, which is what makes --resume
// possible.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plan/catalog.hpp"
#include "plan/profile.hpp"
#include "plan/settings.hpp"

namespace threadmark::conductor {

struct cell {
  const workload* what = nullptr;  ///< points into the catalogue, which must outlive the plan
  std::vector<std::pair<std::string, std::int64_t>> params;
  unsigned cores = 1;
  std::vector<std::string> models;  ///< who runs it
  int blocks = 0;                   ///< how many of the run's it is in, the first ones; 0: all

  /// "ping_pong/capacity:0", as contenders name it.
  std::string name() const;
};

struct planned_trial {
  int block = 0;         ///< from 1
  int order = 0;         ///< place in the whole run, from 1
  std::size_t cell = 0;  ///< into plan::cells
  std::string model;
};

struct plan {
  std::vector<cell> cells;
  std::vector<planned_trial> trials;
  std::vector<std::string> models;  ///< every model that runs something, in the order of the profile
  std::vector<std::string> warnings;
  int blocks = 0;
  std::size_t cell_count() const;  ///< model × workload × params × cores
};

/// What the machine and the build offer to the plan.
struct offer {
  unsigned cpus = 1;                      ///< that this process may use
  std::vector<std::string> known_models;  ///< names that --model may choose besides the profile's
};

/// Throws usage_error for an unknown workload, parameter or model, or when no cell is left.
plan make_plan(const catalog& known, const profile& chosen, const settings& asked, const offer& machine);

}  // namespace threadmark::conductor
