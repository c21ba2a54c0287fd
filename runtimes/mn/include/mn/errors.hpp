// The named errors of mn. Misuse throws; a broken invariant inside the runtime prints its state and aborts.
#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

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

/// unlock() of an rw_mutex that no writer holds.
class unlock_of_unlocked_rw_mutex : public error {
 public:
  unlock_of_unlocked_rw_mutex() : error("mn: unlock of an rw_mutex that is not locked for writing") {}
};

/// unlock_shared() of an rw_mutex that no reader holds.
class unlock_shared_of_unshared_rw_mutex : public error {
 public:
  unlock_shared_of_unshared_rw_mutex() : error("mn: unlock_shared of an rw_mutex that is not locked for reading") {}
};

/// A wait on a condition by somebody who does not hold the lock that goes with it.
class wait_without_lock : public error {
 public:
  wait_without_lock() : error("mn: wait on a condition without holding the lock") {}
};

/// once::call() inside the function that the same once is calling.
class recursive_once_call : public error {
 public:
  recursive_once_call() : error("mn: once called again by the function that it is calling") {}
};

/// A number of units that makes no sense for a semaphore: below one, or more than it can ever have.
class bad_semaphore_count : public error {
 public:
  using error::error;
};

/// A release that would give a semaphore more units than its maximum.
class semaphore_overflow : public error {
 public:
  using error::error;
};

/// A use of a join_handle that has no task: it was joined, detached, moved from, or never had one.
class join_without_task : public error {
 public:
  join_without_task() : error("mn: a join handle was used that has no task (joined, detached or moved from)") {}
};

/// A task tried to join itself.
class join_of_itself : public error {
 public:
  join_of_itself() : error("mn: a task tried to join itself") {}
};

/// A call that needs a task (go, yield) was made from a thread that runs no task.
class not_in_a_task : public error {
 public:
  using error::error;
};

/// A call that would wait for the very task that makes it (runtime::run(), shutdown()) was made inside a task.
class inside_a_task : public error {
 public:
  using error::error;
};

/// recv_any() of no channels, which would block for ever. (A select without a case does not compile.)
class select_without_case : public error {
 public:
  select_without_case() : error("mn: a select without a case would block for ever") {}
};

/// channel() of a timer that starts a task.
class timer_has_no_channel : public error {
 public:
  timer_has_no_channel() : error("mn: a timer that starts a task has no channel") {}
};

/// A timer that starts tasks was set, but the runtime they would run on is gone.
class runtime_has_ended : public error {
 public:
  runtime_has_ended() : error("mn: the runtime of this timer has ended") {}
};

/// A task for a runtime after its shutdown() has begun, or a run() whose tasks a shutdown() has given up.
class runtime_stopped : public error {
 public:
  runtime_stopped() : error("mn: the runtime was shut down") {}
};

/// An option that makes no sense, such as a stack of 100 bytes.
class bad_option : public error {
 public:
  using error::error;
};

/// The system refused what the runtime needs (a thread, memory for stacks). what() names the call and its error.
class out_of_resources : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the system, the network or the other side did not do: nobody's mistake, so not an mn::error. code() is the
/// system's error, to be compared with std::errc; what() says what was attempted, and with whom.
class io_error : public std::system_error {
 public:
  using std::system_error::system_error;
};

/// A deadline that the program has set has passed. code() == std::errc::timed_out. (The network's own patience, as
/// where nobody answers, ends in a plain io_error with that code.)
class io_timed_out : public io_error {
 public:
  explicit io_timed_out(const std::string& what) : io_error(std::make_error_code(std::errc::timed_out), what) {}
};

/// This side has closed it, before the call or while it waited. code() == std::errc::operation_canceled.
class io_closed : public io_error {
 public:
  explicit io_closed(const std::string& what) : io_error(std::make_error_code(std::errc::operation_canceled), what) {}
};

/// A trace's file cannot be opened or written. what() names it and says why.
class cannot_write_trace : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace mn
