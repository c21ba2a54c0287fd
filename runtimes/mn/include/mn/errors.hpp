// The named errors of mn. Misuse throws; a broken invariant inside the runtime prints its state and aborts.
#pragma once

#include <stdexcept>

namespace mn {

/// Base of every exception that mn throws for misuse.
class error : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// A send on a closed channel, or a send that was still blocked when the channel was closed.
class send_on_closed_channel : public error {
 public:
  send_on_closed_channel() : error("mn: send on closed channel") {}
};

/// close() on a channel that is closed already.
class close_of_closed_channel : public error {
 public:
  close_of_closed_channel() : error("mn: close of closed channel") {}
};

/// A wait_group's counter was lowered below zero.
class negative_wait_group_counter : public error {
 public:
  negative_wait_group_counter() : error("mn: negative wait_group counter") {}
};

/// unlock() of a mutex that is not locked.
class unlock_of_unlocked_mutex : public error {
 public:
  unlock_of_unlocked_mutex() : error("mn: unlock of unlocked mutex") {}
};

/// A call that needs a task (go, yield) was made from a thread that runs no task.
class not_in_a_task : public error {
 public:
  using error::error;
};

/// A task for a runtime after its shutdown() has begun, or a run() whose tasks a shutdown() has given up.
class runtime_stopped : public error {
 public:
  runtime_stopped() : error("mn: the runtime was shut down") {}
};

/// An option that makes no sense, such as zero cores.
class bad_option : public error {
 public:
  using error::error;
};

/// The system refused what the runtime needs (a thread, memory for stacks). what() names the call and its error.
class out_of_resources : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace mn
