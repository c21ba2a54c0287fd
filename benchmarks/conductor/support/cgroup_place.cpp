#include "support/cgroup_place.hpp"

#include <algorithm>
#include <vector>

#include "memory_ledger/proc_text.hpp"
#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

bool names(const std::string& list, std::string_view item) {
  return std::ranges::any_of(split(list, ','), [&](const std::string& one) { return one == item; });
}

/// This process's path in the hierarchy of a controller ("" for version 2), as in /proc/self/cgroup: "4:memory:/a/b".
std::optional<std::string> path_in(std::string_view own, std::string_view controller) {
  for (const auto& line : split(own, '\n')) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto list = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? list.empty() : names(list, controller)) return line.substr(second + 1);
  }
  return std::nullopt;
}

/// The folder of a path in a hierarchy that is mounted at `mount` and shows only what is below `root` of it.
std::filesystem::path folder_of(const std::string& path, const std::string& root, const std::filesystem::path& mount) {
  std::string below = path;
  if (root != "/" && (path == root || path.starts_with(root + "/"))) below = path.substr(root.size());
  const auto relative = std::filesystem::path(below).relative_path();
  return relative.empty() ? mount : mount / relative;
}

}  // namespace

std::optional<cgroup_place> find_cgroup(std::string_view controller, std::string_view own, std::string_view mounts) {
  std::optional<cgroup_place> unified;
  for (const auto& line : split(mounts, '\n')) {
    // "35 31 0:32 ROOT MOUNT OPTIONS [more…] - TYPE SOURCE SUPER"
    const auto dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    const auto front = split(std::string_view(line).substr(0, dash), ' ');
    const auto back = split(std::string_view(line).substr(dash + 3), ' ');
    if (front.size() < 5 || back.size() < 3) continue;
    if (back[0] == "cgroup" && names(back[2], controller)) {  // version 1: the controller is here and nowhere else
      if (const auto path = path_in(own, controller))
        return cgroup_place{1, front[4], folder_of(*path, front[3], front[4])};
    } else if (back[0] == "cgroup2") {
      if (const auto path = path_in(own, "")) unified = cgroup_place{2, front[4], folder_of(*path, front[3], front[4])};
    }
  }
  if (!unified) return std::nullopt;
  // Version 2 may be mounted beside version 1 without this controller: it must be listed.
  const auto offered = ledger::read_text(unified->folder / "cgroup.controllers").value_or("");
  const auto controllers = split(offered, ' ');
  if (std::ranges::find(controllers, controller) == controllers.end()) return std::nullopt;
  return unified;
}

std::optional<cgroup_place> own_cgroup(std::string_view controller) {
  return find_cgroup(controller, ledger::read_text("/proc/self/cgroup").value_or(""),
                     ledger::read_text("/proc/self/mountinfo").value_or(""));
}

}  // namespace threadmark::conductor
