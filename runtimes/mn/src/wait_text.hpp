// The words for what a task waits for, the same in every report and in traces.
#pragma once

#include "mn/detail/task.hpp"

namespace mn::detail {

/// A noun phrase that fits after "waits: " or "parked: ".
[[nodiscard]] constexpr const char* to_text(wait_reason why) noexcept {
  switch (why) {
    case wait_reason::nothing: return "nothing";
    case wait_reason::channel_send: return "channel send";
    case wait_reason::channel_receive: return "channel receive";
    case wait_reason::select: return "select";
    case wait_reason::sleep: return "sleep";
    case wait_reason::wait_group: return "wait group";
    case wait_reason::mutex: return "mutex";
    case wait_reason::rw_mutex_read: return "rw_mutex, to read";
    case wait_reason::rw_mutex_write: return "rw_mutex, to write";
    case wait_reason::condition: return "condition";
    case wait_reason::once: return "once";
    case wait_reason::semaphore: return "semaphore";
    case wait_reason::join: return "join";
    case wait_reason::socket_read: return "socket, to read";
    case wait_reason::socket_write: return "socket, to write";
    case wait_reason::socket_select: return "select with a socket";
    case wait_reason::blocking: return "blocking call";
    case wait_reason::runtime: return "end of all tasks";
  }
  return "something unknown";
}

/// Somebody outside the program may end such a wait, at any time.
[[nodiscard]] constexpr bool comes_from_outside(wait_reason why) noexcept {
  return why == wait_reason::socket_read || why == wait_reason::socket_write || why == wait_reason::socket_select ||
         why == wait_reason::blocking;
}

}  // namespace mn::detail
