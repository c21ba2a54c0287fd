#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "os/os.hpp"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102  // Linux 6.13; the C library's header may be older than the kernel
#endif

namespace mn::os {

std::size_t page_bytes() noexcept {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

unsigned allowed_cpus() noexcept {
  cpu_set_t set;
  // A machine with more CPUs than fit the set answers EINVAL; then the configured number is the best there is.
  if (sched_getaffinity(0, sizeof set, &set) != 0) return static_cast<unsigned>(sysconf(_SC_NPROCESSORS_ONLN));
  return static_cast<unsigned>(CPU_COUNT(&set));
}

std::int64_t now_ns() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec;
}

void* reserve(std::size_t bytes) noexcept {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  // Fails on a kernel without huge pages, where there is nothing to forbid.
  (void)madvise(at, bytes, MADV_NOHUGEPAGE);
  return at;
}

void release(void* at, std::size_t bytes) noexcept {
  munmap(at, bytes);
}

bool install_guard_marker(void* at) noexcept {
  return madvise(at, page_bytes(), MADV_GUARD_INSTALL) == 0;
}

bool protect_page(void* at) noexcept {
  return mprotect(at, page_bytes(), PROT_NONE) == 0;
}

void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t timeout_ns) noexcept {
  timespec t;
  t.tv_sec = timeout_ns / 1'000'000'000;
  t.tv_nsec = timeout_ns % 1'000'000'000;
  // EAGAIN (the word has changed), EINTR and ETIMEDOUT all mean: look again.
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, timeout_ns < 0 ? nullptr : &t, nullptr, 0);
}

void futex_wake_one(const std::atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void futex_wake_all(const std::atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

void futex_wait_masked(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t timeout_ns,
                       std::uint32_t mask) noexcept {
  timespec t;  // this kind of wait takes a moment, not a duration
  const std::int64_t until = timeout_ns < 0 ? 0 : now_ns() + timeout_ns;
  t.tv_sec = until / 1'000'000'000;
  t.tv_nsec = until % 1'000'000'000;
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, expected, timeout_ns < 0 ? nullptr : &t, nullptr, mask);
}

void futex_wake_masked(const std::atomic<std::uint32_t>& word, std::uint32_t mask) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, nullptr, nullptr, mask);
}

bool barrier_in_all_threads() noexcept {
  static const bool registered = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return registered && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

std::int32_t thread_id() noexcept {
  return static_cast<std::int32_t>(syscall(SYS_gettid));
}

std::int32_t process_id() noexcept {
  return static_cast<std::int32_t>(getpid());
}

bool at_fork(void (*before)() noexcept, void (*in_parent)() noexcept, void (*in_child)() noexcept) noexcept {
  return pthread_atfork(before, in_parent, in_child) == 0;
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

void* begin_signal_stack(std::size_t bytes) noexcept {
  stack_t now;
  if (sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) return nullptr;
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  const stack_t ours{at, 0, bytes};
  if (sigaltstack(&ours, nullptr) == 0) return at;
  munmap(at, bytes);
  return nullptr;
}

void end_signal_stack(void* stack, std::size_t bytes) noexcept {
  const stack_t none{nullptr, SS_DISABLE, 0};
  sigaltstack(&none, nullptr);
  munmap(stack, bytes);
}

namespace {

// One handler a signal; the system's type of it differs from ours in the second parameter.
bool is_ours(const struct sigaction& a, signal_handler handler) noexcept {
  return (a.sa_flags & SA_SIGINFO) != 0 && reinterpret_cast<void*>(a.sa_sigaction) == reinterpret_cast<void*>(handler);
}

}  // namespace

signal_action take_signal(int signal, signal_handler handler) noexcept {
  struct sigaction now;
  sigaction(signal, nullptr, &now);
  if ((now.sa_flags & SA_SIGINFO) != 0 || (now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN)) {
    return signal_action::taken;
  }
  struct sigaction ours {};
  ours.sa_sigaction = reinterpret_cast<void (*)(int, siginfo_t*, void*)>(handler);
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
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

void name_thread(const char* name) noexcept {
  pthread_setname_np(pthread_self(), name);
}

void fail(const char* format, ...) noexcept {
  char line[512];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(line, sizeof line - 1, format, args);
  va_end(args);
  if (n < 0) n = 0;
  if (n > static_cast<int>(sizeof line) - 2) n = static_cast<int>(sizeof line) - 2;
  line[n] = '\n';
  (void)!write(STDERR_FILENO, line, static_cast<std::size_t>(n) + 1);
  std::abort();
}

}  // namespace mn::os
