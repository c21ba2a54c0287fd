// Waits that end before their time when a signal asks this process to stop, or when the server that is loaded ends. So
// whoever waits is unwound, and leaves everything as it was found.
#pragma once

#include <chrono>

namespace threadmark::conductor {
class signals;
}

namespace threadmark::load {

/// What ends a wait before its time. Of what is not set: nothing does.
struct wait_ends {
  conductor::signals* signals = nullptr;
  int server = -1;  ///< a descriptor that becomes readable when the server ends (a pidfd)
};

/// Throws conductor::interrupted where a signal has come, load_error where the server has ended; else returns.
void check(const wait_ends& ends);

inline constexpr std::chrono::nanoseconds for_ever = std::chrono::nanoseconds::max();

/// Waits until `fd` is ready for `events` (poll's; or is broken, which the next call on it then says), -1: for the time
/// alone. Whether it is ready. Throws as `check` does.
bool wait_for(int fd, short events, std::chrono::nanoseconds at_most, const wait_ends& ends = {});

}  // namespace threadmark::load
