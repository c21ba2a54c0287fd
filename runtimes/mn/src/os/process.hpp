// What mn asks of the operating system about the process as a whole: its threads, signals, forks, its standard error.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mn::os {

/// When it returns true, every thread of the process that was running has passed a full memory barrier since the call,
/// as have all that were not running. False where the kernel cannot (before Linux 4.14, or forbidden).
bool barrier_in_all_threads() noexcept;

/// How many threads the process has: exact at one moment during the call, those included that are about to begin or are
/// not quite gone. 0 where the system does not say.
std::size_t count_threads() noexcept;
/// The same by listing them: slower, and of no one moment. 0 where that is not possible.
std::size_t list_threads() noexcept;
/// The name of a thread of this process; false if it is not there.
bool thread_name(std::int32_t thread, char (&name)[16]) noexcept;

/// What fork() does in addition from now on: before it in the parent, after it in the parent, after it in the child.
bool at_fork(void (*before)() noexcept, void (*in_parent)() noexcept, void (*in_child)() noexcept) noexcept;

using signal_handler = void (*)(int signal);
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

}  // namespace mn::os
