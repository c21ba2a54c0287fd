// The tightest limit that control groups put on this process, for one resource.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace threadmark::harness {

struct cgroup_limit {
  std::uint64_t limit = 0;
  std::string usage_file;  ///< holds how much of it is in use
};

/// Where a controller keeps a limit and what is in use of it, in version 1 and version 2 of the interface.
struct cgroup_files {
  std::string_view controller;
  std::string_view limit_v1;
  std::string_view usage_v1;
  std::string_view limit_v2;
  std::string_view usage_v2;
};

inline constexpr cgroup_files cgroup_pids{"pids", "pids.max", "pids.current", "pids.max", "pids.current"};
inline constexpr cgroup_files cgroup_memory{"memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "memory.max",
                                            "memory.current"};

/// Looks at the process's own group and all above it; nothing where none of them sets a limit. `membership` is the
/// text of /proc/self/cgroup, `mount` where the groups are mounted.
std::optional<cgroup_limit> tightest_limit(const cgroup_files& files, std::string_view membership,
                                           const std::string& mount = "/sys/fs/cgroup");

}  // namespace threadmark::harness
