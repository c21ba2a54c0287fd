#include "cgroup_limit.hpp"

#include <algorithm>
#include <sstream>

#include "proc_text.hpp"

namespace threadmark::harness {
namespace {

/// Version 1 says "no limit" with a number near 2^63, rounded to pages.
constexpr std::uint64_t no_limit_v1 = std::uint64_t{1} << 62;

bool lists(std::string_view controllers, std::string_view wanted) {
  std::istringstream words{std::string(controllers)};
  for (std::string word; std::getline(words, word, ',');)
    if (word == wanted) return true;
  return false;
}

void take_if_tighter(std::optional<cgroup_limit>& best, const std::string& folder, std::string_view limit_file,
                     std::string_view usage_file) {
  const auto limit = number_in_file((folder + "/" + std::string(limit_file)).c_str());
  if (!limit || *limit >= no_limit_v1 || (best && best->limit <= *limit)) return;
  best = {*limit, folder + "/" + std::string(usage_file)};
}

}  // namespace

std::optional<cgroup_limit> tightest_limit(const cgroup_files& files, std::string_view membership,
                                           const std::string& mount) {
  std::optional<cgroup_limit> best;
  std::istringstream lines{std::string(membership)};
  // A line is "number:controllers:path"; version 2 has number 0 and no controllers.
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool version_2 = controllers.empty();
    if (!version_2 && !lists(controllers, files.controller)) continue;
    const std::string root = version_2 ? mount : mount + "/" + std::string(files.controller);
    // Inside a container the path may not exist below the mount; then the mount itself is the process's group.
    for (std::string path = line.substr(second + 1);;) {
      while (path.ends_with('/')) path.pop_back();
      take_if_tighter(best, root + path, version_2 ? files.limit_v2 : files.limit_v1,
                      version_2 ? files.usage_v2 : files.usage_v1);
      if (path.empty()) break;
      path.resize(path.rfind('/'));
    }
  }
  return best;
}

}  // namespace threadmark::harness
