#include "machine/limits.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "memory_ledger/proc_text.hpp"
#include "support/cgroup_place.hpp"
#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

std::optional<std::int64_t> number_in(const std::filesystem::path& file) {
  const auto text = ledger::read_text(file);
  return text ? whole_number(trim(*text)) : std::nullopt;  // "max" is no number: no limit
}

std::optional<std::int64_t> resource(__rlimit_resource which, rlim_t rlimit::*value = &rlimit::rlim_cur) {
  rlimit l{};
  if (::getrlimit(which, &l) != 0 || l.*value == RLIM_INFINITY) return std::nullopt;
  return static_cast<std::int64_t>(l.*value);
}

/// The smallest limit in this process's cgroup and all above it: each of them holds.
std::optional<std::int64_t> smallest(const char* controller, const char* v2_file, const char* v1_file) {
  const auto place = own_cgroup(controller);
  if (!place) return std::nullopt;
  std::optional<std::int64_t> result;
  for (auto folder = place->folder;; folder = folder.parent_path()) {
    const auto value = number_in(folder / (place->version == 2 ? v2_file : v1_file));
    // Version 1 writes "no limit" as the largest multiple of a page.
    constexpr std::int64_t no_limit = std::int64_t{1} << 62;
    if (value && *value < no_limit) result = std::min(*value, result.value_or(*value));
    if (folder == place->mount || folder == folder.parent_path()) return result;
  }
}

}  // namespace

limits read_limits() {
  limits l;
  l.pid_max = number_in("/proc/sys/kernel/pid_max");
  l.threads_max = number_in("/proc/sys/kernel/threads-max");
  l.max_map_count = number_in("/proc/sys/vm/max_map_count");
  l.nproc = resource(RLIMIT_NPROC);
  l.nofile = resource(RLIMIT_NOFILE);
  l.nofile_hard = resource(RLIMIT_NOFILE, &rlimit::rlim_max);
  l.stack_bytes = resource(RLIMIT_STACK);
  l.cgroup_memory_max = smallest("memory", "memory.max", "memory.limit_in_bytes");
  l.cgroup_pids_max = smallest("pids", "pids.max", "pids.max");
  l.overcommit_memory = number_in("/proc/sys/vm/overcommit_memory");
  return l;
}

nlohmann::ordered_json to_json(const limits& l) {
  nlohmann::ordered_json result;
  const auto put = [&](const char* name, const std::optional<std::int64_t>& value) {
    result[name] = value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  };
  put("pid_max", l.pid_max);
  put("threads_max", l.threads_max);
  put("max_map_count", l.max_map_count);
  put("nproc", l.nproc);
  put("nofile", l.nofile);
  put("nofile_hard", l.nofile_hard);
  put("stack_bytes", l.stack_bytes);
  put("cgroup_memory_max", l.cgroup_memory_max);
  put("cgroup_pids_max", l.cgroup_pids_max);
  put("overcommit_memory", l.overcommit_memory);
  return result;
}

std::optional<std::int64_t> thread_limit(const limits& l) {
  std::optional<std::int64_t> result;
  for (const auto& one : {l.pid_max, l.threads_max, l.nproc, l.cgroup_pids_max}) {
    if (one) result = std::min(*one, result.value_or(*one));
  }
  return result;
}

}  // namespace threadmark::conductor
