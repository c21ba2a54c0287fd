#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

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

namespace {

std::int64_t read_clock(clockid_t which) noexcept {
  timespec t;
  clock_gettime(which, &t);
  return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec;
}

}  // namespace

std::int64_t now_ns() noexcept {
  return read_clock(CLOCK_MONOTONIC);
}

std::int64_t cpu_ns_of(std::thread::native_handle_type thread) noexcept {
  clockid_t clock;
  return pthread_getcpuclockid(thread, &clock) == 0 ? read_clock(clock) : 0;
}

clock_values read_clocks() noexcept {
  return {now_ns(), read_clock(CLOCK_BOOTTIME), read_clock(CLOCK_REALTIME)};
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

bool resident_pages(void* at, std::size_t bytes, unsigned char* pages) noexcept {
  return mincore(at, bytes, pages) == 0;
}

void give_back(void* at, std::size_t bytes) noexcept {
  // Fails only for addresses that are not mapped, or locked in memory: then the memory stays.
  (void)madvise(at, bytes, MADV_DONTNEED);
}

void renew_touched(void* at, std::size_t bytes) noexcept {
  const std::size_t page = page_bytes();
  unsigned char in_memory[256];
  for (bool found = false; !found && bytes > 0;) {
    const std::size_t pages = std::min(bytes / page, sizeof in_memory);
    if (mincore(at, pages * page, in_memory) != 0) break;  // then all of it
    const auto first = static_cast<std::size_t>(
        std::find_if(in_memory, in_memory + pages, [](unsigned char m) { return m & 1; }) - in_memory);
    found = first < pages;
    at = static_cast<std::byte*>(at) + first * page;
    bytes -= first * page;
  }
  if (bytes == 0) return;
  if (mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) ==
      MAP_FAILED) {
    fail("mn: cannot map %zu bytes anew: errno %d", bytes, errno);
  }
  (void)madvise(at, bytes, MADV_NOHUGEPAGE);
}

bool install_guard_marker(void* at, std::size_t bytes) noexcept {
  if (madvise(at, bytes, MADV_GUARD_INSTALL) != 0) return false;
  // Emulated kernels take any advice and do nothing. The first guard is tried: a system call that is to read a path
  // there must find that it cannot.
  static const bool works = access(static_cast<const char*>(at), F_OK) != 0 && errno == EFAULT;
  return works;
}

bool protect(void* at, std::size_t bytes) noexcept {
  return mprotect(at, bytes, PROT_NONE) == 0;
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

void write_error(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t n = write(STDERR_FILENO, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void name_thread(const char* name) noexcept {
  pthread_setname_np(pthread_self(), name);
}

void read_thread_name(std::array<char, 16>& name) noexcept {
  if (pthread_getname_np(pthread_self(), name.data(), name.size()) != 0) name[0] = '\0';
}

std::int32_t thread_id() noexcept {
  return static_cast<std::int32_t>(syscall(SYS_gettid));
}

std::int32_t process_id() noexcept {
  return static_cast<std::int32_t>(getpid());
}

const char* program_name() noexcept {
  return program_invocation_short_name;
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
  write_error({line, static_cast<std::size_t>(n) + 1});
  std::abort();
}

}  // namespace mn::os
