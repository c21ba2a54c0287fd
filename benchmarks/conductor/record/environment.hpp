// environment.json: what a run was made on and with, and plan.json: what a resumed run must find unchanged.
//
// Neither holds a host name, a user name, or a path of a home folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "child/signals.hpp"
#include "plan/plan.hpp"
#include "trial/contenders.hpp"

namespace threadmark::conductor {

struct run_facts {
  std::string run;
  std::vector<std::string> command;  ///< as typed, the program's name first
  settings asked;                    ///< with the seed filled in
  const profile* chosen = nullptr;
  const catalog* known = nullptr;
  const plan* planned = nullptr;
  const contenders* models = nullptr;
  std::int64_t spin_steps_per_us = 1;
  std::filesystem::path sources;  ///< the project's folder, for git; never written
  std::vector<std::string> warnings;
};

/// `ours`: git is asked for the commit, as a child.
json environment_json(const run_facts& facts, signals& ours);

/// Everything from which the plan follows, and a fingerprint of each program.
json plan_json(const run_facts& facts);

/// What of the run's plan.json and environment.json is different now; empty: the run can go on.
std::vector<std::string> what_changed(const json& plan_then, const json& environment_then, const json& plan_now,
                                      const contenders& models_now);

/// Now, as in "2025-01-31T12:00:00Z".
std::string utc_now();

}  // namespace threadmark::conductor
