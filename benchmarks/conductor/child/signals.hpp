// The conductor's signals, taken from a descriptor instead of handlers: everything it reacts to (a child's end, Ctrl-C,
// a child's output) then arrives in one poll, and no code runs in between.
#pragma once

#include <signal.h>

#include "support/descriptor.hpp"

namespace threadmark::conductor {

/// Blocks SIGINT, SIGTERM, SIGHUP and SIGCHLD in this thread for the rest of the program and ignores SIGPIPE (a child
/// that went away must not take us along). One of these lives in a process; it must be made before any thread.
class signals {
 public:
  signals();

  int fd() const { return fd_.get(); }
  /// Takes what has arrived. Returns the first of SIGINT, SIGTERM, SIGHUP ever seen, or 0.
  int take();
  /// Between fork and exec: gives the child the signals as this process found them.
  void restore_in_child() const;

 private:
  descriptor fd_;
  sigset_t before_{};
  int asked_to_stop_ = 0;
};

}  // namespace threadmark::conductor
