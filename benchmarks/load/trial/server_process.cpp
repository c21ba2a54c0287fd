#include "load/trial/server_process.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "load/trial/misconfigured.hpp"

namespace threadmark::load {
namespace {

std::string folder_of(pid_t pid) {
  return fmt::format("/proc/{}/fd", pid);
}

}  // namespace

double cpu_seconds_of(clockid_t cpu) {
  timespec t{};
  if (clock_gettime(cpu, &t) != 0) return 0;
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

server_process::server_process(pid_t pid) : pid_(pid) {
  if (const int error = clock_getcpuclockid(pid, &cpu_); error != 0)
    throw misconfigured(fmt::format("there is no process {}: {}", pid, std::strerror(error)));
  if (access(folder_of(pid).c_str(), R_OK) != 0)
    throw misconfigured(fmt::format("process {} is not ours to look at: {}", pid, std::strerror(errno)));
  ended_ = socket_handle(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

double server_process::cpu_seconds() const {
  return cpu_seconds_of(cpu_);
}

std::size_t server_process::cpus() const {
  cpu_set_t its;
  CPU_ZERO(&its);
  if (sched_getaffinity(pid_, sizeof its, &its) != 0)
    throw misconfigured(fmt::format("the CPUs of process {} cannot be known: {}", pid_, std::strerror(errno)));
  return static_cast<std::size_t>(CPU_COUNT(&its));
}

std::size_t server_process::descriptors() const {
  return descriptors_of(pid_);
}

std::size_t descriptors_of(pid_t pid) {
  const std::string folder = folder_of(pid);
  // Since Linux 6.2 it is the folder's size, which saves reading thousands of names.
  if (struct stat known{}; stat(folder.c_str(), &known) == 0 && known.st_size > 0)
    return static_cast<std::size_t>(known.st_size);
  std::error_code error;
  std::size_t n = 0;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) ++n;
  return n;
}

}  // namespace threadmark::load
