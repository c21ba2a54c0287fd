// The client of a server workload (`threadmark_load --trial`): a second child beside the contender, on other CPUs and
// in no cgroup of the contender's, so that what it uses is not counted as the server's. The two talk over a pipe each
// way.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "child/signals.hpp"
#include "child/spawn.hpp"

namespace threadmark::conductor {

class client_process {
 public:
  /// Throws broken where it cannot be started.
  client_process(const std::filesystem::path& program, const std::vector<unsigned>& cpus, const signals& ours);
  client_process(const client_process&) = delete;
  client_process& operator=(const client_process&) = delete;
  /// Lets it end by itself, as it does when nobody is left to ask it, and kills it where it does not.
  ~client_process();

  [[nodiscard]] pid_t process() const { return child_.process; }
  /// The contender's ends, for spawn().
  [[nodiscard]] std::array<handed_over, 2> for_contender() const;
  /// What it has written to standard error so far.
  std::string errors();

 private:
  [[nodiscard]] bool ends_within(std::chrono::milliseconds patience) const;

  descriptor questions_, answers_;  ///< the contender's
  spawned child_;
};

}  // namespace threadmark::conductor
