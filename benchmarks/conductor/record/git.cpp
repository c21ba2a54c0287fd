#include "record/git.hpp"

#include <sys/wait.h>

#include <filesystem>

#include "child/supervise.hpp"
#include "support/errors.hpp"
#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

std::optional<std::string> git(const std::string& source, std::vector<std::string> arguments, signals& ours) {
  arguments.insert(arguments.begin(), {"git", "--no-optional-locks", "-C", source});
  try {
    // env finds git in PATH. Without locks: a run must not get in the way of someone who commits.
    const auto end =
        supervise({.program = "/usr/bin/env", .arguments = arguments, .keep_output = true}, {.time_limit_s = 20}, ours);
    if (end.by != ended_by::itself || !WIFEXITED(end.status) || WEXITSTATUS(end.status) != 0) return std::nullopt;
    return std::string(trim(end.output));
  } catch (const broken&) {
    return std::nullopt;
  }
}

}  // namespace

git_state read_git(const std::string& source, signals& ours) {
  git_state state;
  std::error_code error;
  // Only the project's own checkout counts, not one that happens to be around an unpacked archive.
  if (!std::filesystem::exists(std::filesystem::path(source) / ".git", error)) return state;
  state.commit = git(source, {"rev-parse", "HEAD"}, ours);
  if (const auto changed = git(source, {"status", "--porcelain", "--untracked-files=no"}, ours))
    state.dirty = !changed->empty();
  return state;
}

}  // namespace threadmark::conductor
