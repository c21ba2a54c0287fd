// Starts one child with nothing of ours in it but what it needs.
//
// The child: a process group of its own (so that a hang is killed with what it started), killed by the kernel when the
// conductor dies, standard input empty, and open descriptors 0, 1, 2, and with a ledger 3 and 4; whatever else the
// conductor or its own parent had open is closed at exec.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "child/signals.hpp"
#include "support/descriptor.hpp"

namespace threadmark::conductor {

/// Numbers of the ledger's descriptors in the child: R, W of `--ledger_fds=R,W`.
inline constexpr int ledger_read_fd = 3, ledger_write_fd = 4;

struct spawn_request {
  std::filesystem::path program;
  std::vector<std::string> arguments = {};  ///< without the program's name
  bool keep_output = false;                 ///< standard output comes back; else it is dropped
  bool with_ledger = false;
  int cgroup_procs_fd = -1;  ///< the cgroup to be in from the first instruction; -1: ours
};

/// Our ends of the child's pipes. Those that read do not block.
struct spawned {
  pid_t process = -1;
  descriptor output, errors, ledger_from, ledger_to;
};

/// Throws broken when the child cannot be started, with the system's reason.
spawned spawn(const spawn_request& request, const signals& ours);

}  // namespace threadmark::conductor
