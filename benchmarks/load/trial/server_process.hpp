// The process of the server that is loaded, seen from outside.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstddef>

#include "load/target.hpp"

namespace threadmark::load {

class server_process {
 public:
  /// Throws misconfigured where there is no such process, or it is not ours to look at.
  explicit server_process(pid_t pid);

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Becomes readable when the process ends; -1 where the kernel has no such thing.
  [[nodiscard]] int ended() const { return ended_.get(); }
  /// The CPU time of all its threads, those that have ended too: user and kernel.
  [[nodiscard]] double cpu_seconds() const;
  /// How many CPUs it may run on.
  [[nodiscard]] std::size_t cpus() const;
  /// How many it has open. Connections that it has accepted are among them, those that wait in its backlog are not.
  [[nodiscard]] std::size_t descriptors() const;

 private:
  pid_t pid_;
  clockid_t cpu_{};
  socket_handle ended_;
};

/// The same of any process; 0 where it has ended.
double cpu_seconds_of(clockid_t cpu);
std::size_t descriptors_of(pid_t pid);

}  // namespace threadmark::load
