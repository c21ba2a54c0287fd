// Starts one child with nothing of ours in it but what it needs.
//
// The child: a process group of its own (so that a hang is killed with what it started), killed by the kernel when the
// conductor dies, standard input empty, and open descriptors 0, 1, 2, with a ledger 3 and 4, and what is handed over to
// it; whatever else the conductor or its own parent had open is closed at exec.
#pragma once

#include <sys/types.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "child/signals.hpp"
#include "support/descriptor.hpp"

namespace threadmark::conductor {

struct pipe_ends {
  descriptor read, write;
};

/// Both are closed at exec. Throws broken.
pipe_ends make_pipe();

/// Numbers of the ledger's descriptors in the child: R, W of `--ledger_fds=R,W`.
inline constexpr int ledger_read_fd = 3, ledger_write_fd = 4;

/// Numbers of the descriptors in a contender that has a client: R, W of `--client_fds=R,W`.
inline constexpr int client_read_fd = 5, client_write_fd = 6;

/// A descriptor of ours that the child is to have under a number of 0 to 6, instead of what would be there.
struct handed_over {
  int ours = -1, theirs = -1;
};

struct spawn_request {
  std::filesystem::path program;
  std::vector<std::string> arguments = {};  ///< without the program's name
  bool keep_output = false;                 ///< standard output comes back; else it is dropped
  bool with_ledger = false;
  int cgroup_procs_fd = -1;                     ///< the cgroup to be in from the first instruction; -1: ours
  std::array<handed_over, 2> descriptors = {};  ///< those of -1 are none
};

/// Our ends of the child's pipes. Those that read do not block.
struct spawned {
  pid_t process = -1;
  descriptor output, errors, ledger_from, ledger_to;
};

/// Throws broken when the child cannot be started, with the system's reason.
spawned spawn(const spawn_request& request, const signals& ours);

}  // namespace threadmark::conductor
