#include <dirent.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "os/process.hpp"

namespace mn::os {

// No static that remembers whether the process is registered: the first call takes milliseconds, and a fork in the
// midst of it would leave the child a lock that nobody ever releases.
bool barrier_in_all_threads() noexcept {
  const auto barrier = [] { return syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0; };
  if (barrier()) return true;
  if (errno != EPERM) return false;  // EPERM: not yet registered, or not allowed at all
  return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0 && barrier();
}

std::size_t count_threads() noexcept {
  // The directory's link count is 2 and the kernel's own count of the threads, read under no lock that could miss one.
  struct stat s;
  if (stat("/proc/self/task", &s) != 0 || s.st_nlink < 3) return 0;
  return s.st_nlink - 2;
}

std::size_t list_threads() noexcept {
  DIR* all = opendir("/proc/self/task");
  if (!all) return 0;
  std::size_t n = 0;
  while (const dirent* one = readdir(all)) n += one->d_name[0] != '.';
  closedir(all);
  return n;
}

bool thread_name(std::int32_t thread, char (&name)[16]) noexcept {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/comm", thread);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t n = read(fd, name, sizeof name);
  close(fd);
  if (n <= 0) return false;
  name[static_cast<std::size_t>(n) - 1] = '\0';  // a line of at most 15 characters
  return true;
}

bool at_fork(void (*before)() noexcept, void (*in_parent)() noexcept, void (*in_child)() noexcept) noexcept {
  return pthread_atfork(before, in_parent, in_child) == 0;
}

namespace {

// One handler a signal; the system's type of it differs from ours in the second parameter.
bool is_ours(const struct sigaction& a, signal_handler handler) noexcept {
  return (a.sa_flags & SA_SIGINFO) == 0 && a.sa_handler == handler;
}

}  // namespace

signal_action take_signal(int signal, signal_handler handler) noexcept {
  struct sigaction now;
  sigaction(signal, nullptr, &now);
  if ((now.sa_flags & SA_SIGINFO) != 0 || (now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN)) {
    return signal_action::taken;
  }
  struct sigaction ours {};
  ours.sa_handler = handler;
  ours.sa_flags = SA_ONSTACK | SA_RESTART;
  sigemptyset(&ours.sa_mask);
  sigaction(signal, &ours, nullptr);
  return now.sa_handler == SIG_IGN ? signal_action::was_ignored : signal_action::was_default;
}

void give_signal(int signal, signal_handler handler, signal_action found) noexcept {
  struct sigaction now;
  if (found == signal_action::taken || sigaction(signal, nullptr, &now) != 0 || !is_ours(now, handler)) return;
  now.sa_handler = found == signal_action::was_ignored ? SIG_IGN : SIG_DFL;
  now.sa_flags = 0;
  sigaction(signal, &now, nullptr);
}

bool send_signal(std::int32_t thread, int signal) noexcept {
  return syscall(SYS_tgkill, getpid(), thread, signal) == 0;
}

void write_all(int fd, const char* text, std::size_t bytes) noexcept {
  while (bytes > 0) {
    const ssize_t n = write(fd, text, bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      if (poll(&ready, 1, 1000) > 0) continue;
    }
    if (n <= 0) return;
    text += n;
    bytes -= static_cast<std::size_t>(n);
  }
}

void survive_broken_pipes() noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace mn::os
