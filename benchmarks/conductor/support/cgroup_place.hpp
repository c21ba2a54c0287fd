// Where this process stands in the cgroup tree, for one controller, under version 2 or 1.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace threadmark::conductor {

struct cgroup_place {
  int version = 2;
  std::filesystem::path mount;   ///< the root of what is visible of the tree
  std::filesystem::path folder;  ///< this process's own cgroup, below or at `mount`
};

/// From the texts of /proc/self/cgroup and /proc/self/mountinfo. Nothing where the controller is not mounted.
std::optional<cgroup_place> find_cgroup(std::string_view controller, std::string_view own, std::string_view mounts);
/// The same for this process, now.
std::optional<cgroup_place> own_cgroup(std::string_view controller);

}  // namespace threadmark::conductor
