#include "limits.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "cgroup_limit.hpp"

namespace threadmark::harness {
namespace {

/// The kernel keeps the first 300 process numbers back once it has gone round.
constexpr std::uint64_t reserved_pids = 300;

std::uint64_t own_status(std::string_view key) noexcept {
  static char buffer[8192];
  return number_after(read_start("/proc/self/status", buffer, sizeof buffer), key).value_or(0);
}

std::uint64_t own_threads() noexcept {
  return own_status("\nThreads:");
}

/// All threads of the system, which pid_max and threads-max count: the second number of "running/all" in loadavg.
std::uint64_t system_threads() noexcept {
  char buffer[128];
  const std::string_view text = read_start("/proc/loadavg", buffer, sizeof buffer);
  const std::uint64_t all = number_after(text, "/").value_or(0);
  const std::uint64_t own = own_threads();
  return all > own ? all : own;  // in a container the file may speak of something else
}

/// All threads of this user, which RLIMIT_NPROC counts. Walks /proc by the bare system call: readdir allocates.
std::uint64_t user_threads() noexcept {
  struct entry {
    std::uint64_t inode;
    std::int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[1];
  };
  static char entries[32768];
  static char status[4096];
  const int fd = ::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return own_threads();
  const std::uint64_t user = ::getuid();
  std::uint64_t total = 0;
  for (long got = 0; (got = ::syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0;)
    for (long at = 0; at < got;) {
      const char* const start = entries + at;
      unsigned short length = 0;
      std::memcpy(&length, start + offsetof(entry, length), sizeof length);
      const std::string_view name = start + offsetof(entry, name);
      at += length;
      if (name.front() < '0' || name.front() > '9' || name.size() > 10) continue;
      char path[32] = "/proc/";
      std::memcpy(path + 6, name.data(), name.size());
      std::memcpy(path + 6 + name.size(), "/status", 8);
      const std::string_view text = read_start(path, status, sizeof status);
      if (number_after(text, "\nUid:") == user) total += number_after(text, "\nThreads:").value_or(0);
    }
  ::close(fd);
  return total;
}

std::uint64_t own_maps() noexcept {
  return count_lines("/proc/self/maps");
}
std::uint64_t own_address_space() noexcept {
  return own_status("\nVmSize:") * 1024;
}
std::uint64_t own_data() noexcept {
  return own_status("\nVmData:") * 1024;
}

std::uint64_t machine_memory(std::string_view key) noexcept {
  static char buffer[4096];
  return number_after(read_start("/proc/meminfo", buffer, sizeof buffer), key).value_or(0) * 1024;
}
std::uint64_t machine_memory_used() noexcept {
  return machine_memory("MemTotal:") - machine_memory("MemAvailable:");
}
std::uint64_t machine_memory_promised() noexcept {
  return machine_memory("Committed_AS:");
}

/// Control groups say in a file how much is in use; the paths are fixed here while memory can still be had.
std::array<char, 512> pids_usage_file;
std::array<char, 512> memory_usage_file;
std::uint64_t group_pids() noexcept {
  return number_in_file(pids_usage_file.data()).value_or(0);
}
std::uint64_t group_memory() noexcept {
  return number_in_file(memory_usage_file.data()).value_or(0);
}

struct known_limit {
  const char* name;
  limited what;
  std::uint64_t value;
  std::uint64_t usable;
  std::uint64_t (*used)() noexcept;
};

std::array<known_limit, 12> known;
std::size_t known_count = 0;

using counter = std::uint64_t (*)() noexcept;

void remember(const char* name, limited what, std::optional<std::uint64_t> value, counter used,
              std::uint64_t kept_back = 0) {
  if (!value || *value <= kept_back || known_count == known.size()) return;
  known[known_count++] = {name, what, *value, *value - kept_back, used};
}

std::optional<std::uint64_t> resource_limit(int which) {
  rlimit limit{};
  // The C library declares `which` as an enumeration of its own in C++.
  if (::getrlimit(static_cast<__rlimit_resource_t>(which), &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return std::nullopt;
  return limit.rlim_cur;
}

void remember_group(const char* name, limited what, const cgroup_files& files, std::string_view membership,
                    std::array<char, 512>& path, counter used) {
  const auto limit = tightest_limit(files, membership);
  if (!limit || limit->usage_file.size() >= path.size()) return;
  std::memcpy(path.data(), limit->usage_file.c_str(), limit->usage_file.size() + 1);
  remember(name, what, limit->limit, used);
}

const char* plural(limited what) noexcept {
  return what == limited::threads ? " threads" : " memory maps";
}

}  // namespace

void remember_limits(const std::string& sysctls) {
  const auto setting = [&](const char* name) { return number_in_file((sysctls + name).c_str()); };
  known_count = 0;
  char buffer[4096];
  const std::string_view membership = read_start("/proc/self/cgroup", buffer, sizeof buffer);
  remember("kernel.pid_max", limited::threads, setting("/kernel/pid_max"), system_threads, reserved_pids);
  remember("kernel.threads-max", limited::threads, setting("/kernel/threads-max"), system_threads);
  if (::geteuid() != 0) remember("RLIMIT_NPROC", limited::threads, resource_limit(RLIMIT_NPROC), user_threads);
  remember_group("the cgroup's pids.max", limited::threads, cgroup_pids, membership, pids_usage_file, group_pids);
  remember("vm.max_map_count", limited::maps, setting("/vm/max_map_count"), own_maps);
  remember("RLIMIT_AS", limited::memory, resource_limit(RLIMIT_AS), own_address_space);
  remember("RLIMIT_DATA", limited::memory, resource_limit(RLIMIT_DATA), own_data);
  remember_group("the cgroup's memory limit", limited::memory, cgroup_memory, membership, memory_usage_file,
                 group_memory);
  if (setting("/vm/overcommit_memory") == 2)
    remember("CommitLimit", limited::memory, machine_memory("CommitLimit:"), machine_memory_promised);
  remember("the machine's memory", limited::memory, machine_memory("MemTotal:"), machine_memory_used);
}

std::optional<limit_use> nearest_limit(bool of_memory) noexcept {
  std::optional<limit_use> nearest;
  double least_room = 0;
  for (std::size_t i = 0; i < known_count; ++i) {
    const known_limit& one = known[i];
    if ((one.what == limited::memory) != of_memory) continue;
    const limit_use use{one.name, one.what, one.value, one.usable, one.used()};
    const double room = 1 - static_cast<double>(use.used) / static_cast<double>(use.usable);
    if (nearest && room >= least_room) continue;
    nearest = use;
    least_room = room;
  }
  return nearest;
}

void append_limit(line_text& line) noexcept {
  const auto tasks = nearest_limit(false);
  const auto memory = nearest_limit(true);
  if (tasks && tasks->hit()) {
    line << "; " << tasks->name << " is " << tasks->value;
    // Where others use a good part of it, the caller's own number would not explain the limit.
    if (tasks->what == limited::threads && own_threads() < tasks->used - tasks->used / 10)
      line << ", " << tasks->used << " in use";
  } else if (memory && memory->hit()) {
    line << "; " << memory->name << " is " << memory->value << " bytes, " << memory->used << " in use";
  } else if (tasks) {
    line << "; no known limit is near, the nearest is " << tasks->name << ": " << tasks->used << " of " << tasks->value
         << " in use";
  }
}

bool append_crash_limit(line_text& line) noexcept {
  const auto use = nearest_limit(false);
  if (!use || !use->hit()) return false;
  line << " with " << use->used << plural(use->what) << "; " << use->name << " is " << use->value;
  return true;
}

}  // namespace threadmark::harness
