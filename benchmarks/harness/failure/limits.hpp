// Which limit of the system was hit? Asked when it has just happened: the system refused something, or the process has
// crashed.
//
// A limit counts as hit when at least 99 % of it is in use; among several, the one with the least room left. Limits are
// read once at the start, how much is in use at the time of asking. All but `remember_limits` is async-signal-safe, and
// uses static buffers: one thread at a time (see `be_the_one_to_end`).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "proc_text.hpp"

namespace threadmark::harness {

/// What a limit counts, which is also the order of suspicion: memory is asked last, because a page cache that fills a
/// memory group to the brim is no shortage.
enum class limited { threads, maps, memory };

struct limit_use {
  const char* name;  ///< as the system calls it: "kernel.pid_max"
  limited what;
  std::uint64_t value;   ///< the limit as the system states it
  std::uint64_t usable;  ///< what of it can be used
  std::uint64_t used;

  /// Within 5 %: a failing contender gives some back before it is asked.
  bool hit() const noexcept { return used >= usable - usable / 20; }
};

/// Reads the limits that hold for this process. Call once, early. `sysctls` is the folder of the kernel's settings; a
/// test shows another one.
void remember_limits(const std::string& sysctls = "/proc/sys");

/// The limit with the least room left among those of the given kinds (threads and maps; or memory); nothing where no
/// such limit is known.
std::optional<limit_use> nearest_limit(bool of_memory) noexcept;

/// Appends "; kernel.pid_max is 32768" for the limit that was hit, or which is nearest and how far off it is.
void append_limit(line_text& line) noexcept;

/// For a crash: fills in "with 65530 memory maps; vm.max_map_count is 65530" and returns true, when a limit of threads
/// or maps was hit; otherwise returns false.
bool append_crash_limit(line_text& line) noexcept;

}  // namespace threadmark::harness
