// The limits of the system that stop a model, each 0-argument function one fact. Nothing: no limit, or not visible.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

namespace threadmark::conductor {

struct limits {
  std::optional<std::int64_t> pid_max, threads_max, max_map_count, nproc, nofile, stack_bytes, cgroup_memory_max,
      cgroup_pids_max, overcommit_memory;
  std::optional<std::int64_t> nofile_hard;  ///< a process may raise its own nofile so far
};

limits read_limits();
nlohmann::ordered_json to_json(const limits& l);

/// How many kernel threads a process can have here: the smallest of the limits above that count threads.
std::optional<std::int64_t> thread_limit(const limits& l);

}  // namespace threadmark::conductor
