// What one process's memory is at this moment, read from outside it: see parts.hpp for the meaning of each part.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "parts.hpp"

namespace threadmark::ledger {

struct snapshot {
  parts bytes;
  sources from;
  std::int64_t os_threads = 0;  ///< kernel threads of the process
};

/// Where to read. The defaults are the real ones; tests point them at files of their own.
struct places {
  std::filesystem::path proc = "/proc";
  /// A cgroup folder with the memory controller, of either version, that holds this process and nothing else; empty:
  /// none.
  std::filesystem::path own_cgroup;
};

/// Reads every part. Nothing, with the reason in `error`, where a part cannot be read (the process may be gone).
std::optional<snapshot> read_memory(pid_t process, const places& where, std::string& error);

}  // namespace threadmark::ledger
