// From how a child ended and what it wrote to the outcome of its trial. Pure, so that every rule can be tested.
//
// The rules, the first that fits:
//   ended by us for time                              timeout
//   ended by us for memory, or the kernel killed it for memory   limit
//   ended by us for nonsense on the ledger's pipe     crash
//   exit code 3 with `threadmark: OUTCOME: REASON`    that outcome
//   a signal, or another exit code than 0             crash, with the end of standard error
//   exit code 0, no JSON or none that can be read     crash, with the end of standard error
//   another model, version, variant, number of cores or slowdown than asked for     misconfigured
//   a metric of the catalogue is missing              crash
//   otherwise                                         ok
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "child/supervise.hpp"
#include "memory_ledger/ledger.hpp"
#include "plan/model_name.hpp"
#include "plan/plan.hpp"

namespace threadmark::conductor {

/// What was asked of the trial.
struct asked_of_trial {
  const cell* what = nullptr;
  model_name model;
  std::string version;  ///< as the model's program gave it at the start of the run
  double time_limit_s = 0;
  std::optional<std::uint64_t> memory_limit_bytes;
};

/// What came of it.
struct seen_of_trial {
  child_end end;
  std::optional<std::string> raw;  ///< what the child wrote to --benchmark_out
  bool killed_for_memory =
      false;  ///< the kernel's out-of-memory killer was at work in the child's cgroup or on the machine
  const ledger::session* ledger = nullptr;  ///< with the workloads that have one
};

struct verdict {
  std::string outcome;
  std::string reason;     ///< empty: ok
  std::string expressed;  ///< empty: the contender did not get so far
  nlohmann::ordered_json effective = nlohmann::ordered_json::object();
  nlohmann::ordered_json metrics = nlohmann::ordered_json::object();
};

verdict judge(const asked_of_trial& asked, const seen_of_trial& seen);

}  // namespace threadmark::conductor
