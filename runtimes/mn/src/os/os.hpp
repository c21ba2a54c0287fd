// Everything mn asks of the operating system. Each function says what holds before and after; nothing else in mn
// makes a system call, except std::thread, the switch, what handles faults (fault.hpp) and what concerns the process as
// a whole (process.hpp).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <thread>

namespace mn::os {

std::size_t page_bytes() noexcept;

/// CPUs that the calling thread may run on; at least 1.
unsigned allowed_cpus() noexcept;

/// Nanoseconds on a clock that never goes back.
std::int64_t now_ns() noexcept;

/// CPU time that a thread of this process, which has not been joined, has used.
std::int64_t cpu_ns_of(std::thread::native_handle_type thread) noexcept;
/// The system's clocks at one moment, in nanoseconds; `monotonic` is now_ns().
struct clock_values {
  std::int64_t monotonic, since_boot, wall;
};
clock_values read_clocks() noexcept;

/// Address space, readable and writable, that costs memory only where it is touched, a small page at a time, whatever
/// the machine's policy on huge pages. `bytes` is a multiple of the page. Null and errno on failure.
void* reserve(std::size_t bytes) noexcept;
void release(void* at, std::size_t bytes) noexcept;

/// Sets the lowest bit of pages[i] where the i-th page from `at` is in memory. False on failure.
bool resident_pages(void* at, std::size_t bytes, unsigned char* pages) noexcept;
/// Drops the pages' contents and gives the memory back; the addresses stay valid and read as zero.
void give_back(void* at, std::size_t bytes) noexcept;
/// Makes the lowest page of reserved memory that has been touched, and all above it, as if they had just been reserved.
void renew_touched(void* at, std::size_t bytes) noexcept;

/// Makes every access to the pages from `at` on fault, without a mapping of their own. False where the kernel cannot,
/// or only says that it can, as emulated ones do.
bool install_guard_marker(void* at, std::size_t bytes) noexcept;
/// The same by mprotect: splits the mapping. False on failure.
bool protect(void* at, std::size_t bytes) noexcept;

/// Sleeps while `word` is `expected`, until woken or `timeout_ns` (< 0: for ever) is over. May return early.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t timeout_ns) noexcept;
void futex_wake_one(const std::atomic<std::uint32_t>& word) noexcept;
void futex_wake_all(const std::atomic<std::uint32_t>& word) noexcept;
/// The same for a word on which several kinds of sleeper wait: a wake-up reaches those that share a bit with it. Waking
/// is safe in a signal handler.
void futex_wait_masked(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t timeout_ns,
                       std::uint32_t mask) noexcept;
void futex_wake_masked(const std::atomic<std::uint32_t>& word, std::uint32_t mask) noexcept;

/// Writes to standard error. Async-signal-safe.
void write_error(std::string_view text) noexcept;

/// Names the calling thread, at most 15 characters.
void name_thread(const char* name) noexcept;
/// The calling thread's name; empty where it has none.
void read_thread_name(std::array<char, 16>& name) noexcept;

/// The system's numbers of the calling thread and of the process, and the program's name without its folder.
std::int32_t thread_id() noexcept;
std::int32_t process_id() noexcept;
const char* program_name() noexcept;

/// Prints one line to standard error and aborts: an invariant of the runtime is broken, or it cannot go on.
[[noreturn]] void fail(const char* format, ...) noexcept __attribute__((format(printf, 1, 2)));

}  // namespace mn::os
