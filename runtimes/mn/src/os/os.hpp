// Everything mn asks of the operating system. Each function says what holds before and after; nothing else in mn
// makes a system call, except std::thread and the switch.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace mn::os {

std::size_t page_bytes() noexcept;

/// CPUs that the calling thread may run on; at least 1.
unsigned allowed_cpus() noexcept;

/// Nanoseconds on a clock that never goes back.
std::int64_t now_ns() noexcept;

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
void futex_wake_all(const std::atomic<std::uint32_t>& word) noexcept;
/// The same for a word on which several kinds of sleeper wait: a wake-up reaches those that share a bit with it. Waking
/// is safe in a signal handler.
void futex_wait_masked(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t timeout_ns,
                       std::uint32_t mask) noexcept;
void futex_wake_masked(const std::atomic<std::uint32_t>& word, std::uint32_t mask) noexcept;

/// When it returns true, every thread of the process that was running has passed a full memory barrier since the call,
/// as have all that were not running. False where the kernel cannot (before Linux 4.14, or forbidden).
bool barrier_in_all_threads() noexcept;

/// The system's numbers of the calling thread and of the process.
std::int32_t thread_id() noexcept;
std::int32_t process_id() noexcept;
/// How many threads the process has: exact at one moment during the call, those included that are about to begin or are
/// not quite gone. 0 where the system does not say.
std::size_t count_threads() noexcept;
/// The same by listing them: slower, and of no one moment. 0 where that is not possible.
std::size_t list_threads() noexcept;
/// The name of a thread of this process; false if it is not there.
bool thread_name(std::int32_t thread, char (&name)[16]) noexcept;

/// What fork() does in addition from now on: before it in the parent, after it in the parent, after it in the child.
bool at_fork(void (*before)() noexcept, void (*in_parent)() noexcept, void (*in_child)() noexcept) noexcept;

/// A stack on which the calling thread's signal handlers run that ask for one; null where it has one already, or there
/// is no memory. Given back by the same thread.
void* begin_signal_stack(std::size_t bytes) noexcept;
void end_signal_stack(void* stack, std::size_t bytes) noexcept;

using signal_handler = void (*)(int signal, void* info, void* interrupted);
/// What was to happen at a signal.
enum class signal_action { taken, was_default, was_ignored };
/// Installs the handler (on the signal stack, restarting what it interrupts) unless the program has one: then `taken`.
signal_action take_signal(int signal, signal_handler handler) noexcept;
/// Puts back what take_signal() found, if `handler` is still installed. Safe in a signal handler.
void give_signal(int signal, signal_handler handler, signal_action found) noexcept;
/// Sends a signal to a thread of this process; false if it is not there.
bool send_signal(std::int32_t thread, int signal) noexcept;

/// Writes all of it, however often that takes; gives up on an error, or when nothing could be written for a second.
void write_all(int fd, const char* text, std::size_t bytes) noexcept;
/// From now on a write to a closed pipe is an error on the calling thread, not the end of the program.
void survive_broken_pipes() noexcept;

/// Names the calling thread, at most 15 characters.
void name_thread(const char* name) noexcept;

/// Prints one line to standard error and aborts: an invariant of the runtime is broken, or it cannot go on.
[[noreturn]] void fail(const char* format, ...) noexcept __attribute__((format(printf, 1, 2)));

}  // namespace mn::os
