// Everything mn asks of the operating system. Each function says what holds before and after; nothing else in mn
// makes a system call, except std::thread and the switch.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace mn::os {

std::size_t page_bytes() noexcept;

/// CPUs that the calling thread may run on; at least 1.
unsigned allowed_cpus() noexcept;

/// Nanoseconds on a clock that never goes back.
std::int64_t now_ns() noexcept;

/// The system's clocks at one moment, in nanoseconds; `monotonic` is now_ns().
struct clock_values {
  std::int64_t monotonic, since_boot, wall;
};
clock_values read_clocks() noexcept;

/// Address space, readable and writable, that costs memory only where it is touched, a small page at a time, whatever
/// the machine's policy on huge pages. `bytes` is a multiple of the page. Null and errno on failure.
void* reserve(std::size_t bytes) noexcept;
void release(void* at, std::size_t bytes) noexcept;

/// Makes every access to the page at `at` fault without a mapping of its own. False where the kernel cannot.
bool install_guard_marker(void* at) noexcept;
/// The same by mprotect: splits the mapping. False on failure.
bool protect_page(void* at) noexcept;

/// Sleeps while `word` is `expected`, until woken or `timeout_ns` (< 0: for ever) is over. May return early.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t timeout_ns) noexcept;
void futex_wake_one(const std::atomic<std::uint32_t>& word) noexcept;

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
