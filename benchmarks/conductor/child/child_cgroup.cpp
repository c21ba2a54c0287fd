#include "child/child_cgroup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "memory_ledger/proc_text.hpp"
#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

constexpr const char* prefix = "threadmark-";

bool write_text(const std::filesystem::path& file, const std::string& text) {
  const descriptor fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool lists(const std::filesystem::path& file, const std::string& item) {
  const auto items = split(ledger::read_text(file).value_or(""), ' ');
  return std::ranges::find(items, item) != items.end();
}

/// Folders of conductors that were killed. rmdir refuses those that still hold a process, so the living are safe.
void remove_stale(const std::filesystem::path& parent) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parent, error)) {
    if (entry.path().filename().string().starts_with(prefix)) ::rmdir(entry.path().c_str());
  }
}

/// Where a child folder would have a memory controller; empty: nowhere.
std::vector<std::filesystem::path> parents(const cgroup_place& place) {
  if (place.version == 1) return {place.folder};
  std::vector<std::filesystem::path> result;
  for (const auto& folder : {place.folder, place.folder.parent_path()}) {
    const bool inside = folder == place.mount || folder.string().starts_with(place.mount.string() + "/");
    if (inside && lists(folder / "cgroup.subtree_control", "memory")) result.push_back(folder);
  }
  return result;
}

/// Sets the limit, and none of it may go to swap instead.
bool set_limit(int version, const std::filesystem::path& folder, std::uint64_t bytes) {
  const auto text = std::to_string(bytes);
  if (version == 2) {
    if (std::filesystem::exists(folder / "memory.swap.max")) (void)write_text(folder / "memory.swap.max", "0");
    return write_text(folder / "memory.max", text);
  }
  if (!write_text(folder / "memory.limit_in_bytes", text)) return false;
  // memory + swap; only there where the kernel accounts swap, and never below the memory limit, so it comes second.
  (void)write_text(folder / "memory.memsw.limit_in_bytes", text);
  return true;
}

/// Whether a child of ours may move into the cgroup: making the folder can be allowed and this not. Tried by a child
/// that does nothing else, so that it is known before a contender depends on it.
bool can_join(int procs_fd) {
  const pid_t probe = ::fork();
  if (probe == 0) ::_exit(::write(procs_fd, "0", 1) == 1 ? 0 : 1);
  int status = -1;
  while (probe > 0 && ::waitpid(probe, &status, 0) < 0 && errno == EINTR) {
  }
  return probe > 0 && status == 0;
}

}  // namespace

std::optional<child_cgroup> child_cgroup::make(const cgroup_place& place, std::optional<std::uint64_t> limit_bytes) {
  static unsigned made = 0;
  for (const auto& parent : parents(place)) {
    if (made == 0) remove_stale(parent);
    auto folder = parent / fmt::format("{}{}-{}", prefix, ::getpid(), ++made);
    if (::mkdir(folder.c_str(), 0755) != 0) continue;
    descriptor procs(::open((folder / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    if (!procs || !can_join(procs.get()) || (limit_bytes && !set_limit(place.version, folder, *limit_bytes))) {
      ::rmdir(folder.c_str());
      continue;
    }
    return child_cgroup(place.version, std::move(folder), std::move(procs));
  }
  return std::nullopt;
}

child_cgroup::~child_cgroup() {
  if (!procs_) return;  // moved from
  procs_.reset();
  // A dead process leaves its cgroup a little after it can be waited for, so the removal may need some tries.
  for (int left = 200; left > 0; --left) {
    if (::rmdir(folder_.c_str()) == 0 || errno != EBUSY) return;
    kill_all();
    ::usleep(5000);
  }
}

std::int64_t child_cgroup::oom_kills() const {
  const auto text = ledger::read_text(folder_ / (version_ == 2 ? "memory.events" : "memory.oom_control"));
  return text ? ledger::field(*text, "oom_kill").value_or(0) : 0;
}

void child_cgroup::kill_all() const {
  if (version_ == 2 && write_text(folder_ / "cgroup.kill", "1")) return;
  for (const auto& line : split(ledger::read_text(folder_ / "cgroup.procs").value_or(""), '\n')) {
    if (const auto process = whole_number(line); process && *process > 1) ::kill(static_cast<pid_t>(*process), SIGKILL);
  }
}

}  // namespace threadmark::conductor
