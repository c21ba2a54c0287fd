// Keeps one child from its start to the end of everything it started.
//
// After `supervise` returns no process of the trial is left but the one beside: the child's group is killed, then
// whatever had moved out of the group (this process adopts orphans), then what is in the cgroup.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <optional>
#include <string>

#include "child/child_cgroup.hpp"
#include "child/signals.hpp"
#include "child/spawn.hpp"
#include "memory_ledger/ledger.hpp"

namespace threadmark::conductor {

/// Who ended the child.
enum class ended_by { itself, time_limit, memory_limit, ledger_fault, interrupt };

struct supervision {
  double time_limit_s = 10;
  /// Polled where there is no cgroup to hold the limit.
  std::optional<std::uint64_t> polled_limit_bytes = std::nullopt;
  child_cgroup* cgroup = nullptr;
  ledger::session* ledger = nullptr;
  pid_t* started = nullptr;  ///< where to write the child's number before its first line is served
  pid_t beside = -1;         ///< another child of ours, which is left alone
};

struct child_end {
  ended_by by = ended_by::itself;
  int status = 0;  ///< as wait gives it
  double seconds = 0;
  rusage usage{};
  std::string output;  ///< standard output where it was kept, at most 1 MB
  /// Of standard error the first 2 KB and the last 8 KB; where some was left out, a line "…" stands between them.
  std::string errors;
};

inline constexpr std::size_t kept_first_errors = 2048, kept_last_errors = 8192, kept_output = 1 << 20;

/// Runs the child to its end. Throws broken where it cannot be started or, killed, does not end within two minutes.
child_end supervise(const spawn_request& request, const supervision& how, signals& ours);

}  // namespace threadmark::conductor
