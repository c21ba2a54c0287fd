// Runs one planned trial in a fresh process and makes its line for trials.jsonl.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "child/signals.hpp"
#include "plan/plan.hpp"
#include "trial/contenders.hpp"

namespace threadmark::conductor {

/// What is the same for every trial of a run.
struct trial_context {
  std::string run;
  std::filesystem::path folder;  ///< of the run; raw/ is in it
  double min_time_s = 0.1;
  double time_limit_s = 60;
  std::optional<std::uint64_t> memory_limit_bytes;
  std::int64_t spin_steps_per_us = 1;
  const contenders* models = nullptr;
  std::filesystem::path client = {};  ///< the program that loads the servers
};

struct trial_result {
  bool interrupted = false;  ///< the person asked to stop: there is no line
  bool stolen = false;       ///< marked: see machine/noise.hpp
  std::string outcome;
  double seconds = 0;
  nlohmann::ordered_json line;
};

trial_result run_trial(const trial_context& context, const plan& of, const planned_trial& which, signals& ours);

}  // namespace threadmark::conductor
