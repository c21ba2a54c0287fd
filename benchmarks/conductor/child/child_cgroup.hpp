// A memory cgroup that holds one child and what it starts: limits its memory, tells why it was killed, and finds every
// process of it in the end. Made where this process may make one, under version 2 or 1; else the caller polls.
//
// Invariant: the folder exists as long as this object does, and nothing runs in it afterwards.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "support/cgroup_place.hpp"
#include "support/descriptor.hpp"

namespace threadmark::conductor {

class child_cgroup {
 public:
  /// Makes one at `place`, with a limit of so many bytes (none: no limit). Nothing where that is not possible.
  ///
  /// Version 2 hands a controller down only from a cgroup without processes of its own (or the root). So the candidates
  /// are this process's cgroup, where it is such a one, and its parent: a sibling of ours. The sibling is not under our
  /// own cgroup's limits, only under those further up. Moving ourselves into a leaf, the usual way out, was rejected:
  /// it changes the cgroup of whoever started us.
  static std::optional<child_cgroup> make(const cgroup_place& place, std::optional<std::uint64_t> limit_bytes);

  child_cgroup(child_cgroup&&) = default;
  child_cgroup& operator=(child_cgroup&&) = delete;
  ~child_cgroup();

  int version() const { return version_; }
  const std::filesystem::path& folder() const { return folder_; }
  /// For the child, between fork and exec: writing "0" there moves the writer in.
  int procs_fd() const { return procs_.get(); }
  /// How many of its processes the kernel has killed for want of memory.
  std::int64_t oom_kills() const;
  void kill_all() const;

 private:
  child_cgroup(int version, std::filesystem::path folder, descriptor procs)
      : version_(version), folder_(std::move(folder)), procs_(std::move(procs)) {}

  int version_;
  std::filesystem::path folder_;
  descriptor procs_;
};

}  // namespace threadmark::conductor
