// One whole measurement of a server: its capacity by a closed loop, then its latencies by an open loop at parts of
// that.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "load/open_loop.hpp"
#include "load/trial/capacity.hpp"

namespace threadmark::load {

struct measure_request {
  pid_t pid = 0;
  std::uint16_t port = 0;
  std::size_t connections = 1;
  std::string path = "/";
  int share_percent = 100;  ///< of each of the server's CPUs that is left to it; 100: all
};

/// Those of a trial (METHOD.md has those that matter to a reader); tests have shorter ones.
struct measure_settings {
  std::chrono::nanoseconds capacity_warm_up{std::chrono::milliseconds(500)};
  std::chrono::nanoseconds capacity_window{std::chrono::seconds(2)};
  std::chrono::nanoseconds capacity_patience{std::chrono::seconds(10)};
  std::chrono::nanoseconds warm_up{std::chrono::milliseconds(250)};  ///< of each phase of the open loop
  std::chrono::nanoseconds duration{std::chrono::seconds(1)};
  std::chrono::nanoseconds patience{std::chrono::seconds(2)};
};

struct metric {
  std::string name;
  double value;
};

/// What is known of one phase of the open loop, at `percent` of the capacity.
struct phase {
  int percent;
  open_loop_result result;
};

/// What came of opening the connections of the open loop.
struct between_phases {
  std::size_t answered = 0;
  std::size_t errors = 0;
};

/// Closes its connections and gives the server its CPUs back before it returns or throws: misconfigured; load_error,
/// with the limit that was hit; and as `check` does. Of `ends` the server's is set here.
std::vector<metric> measure(const measure_request& asked, const measure_settings& settings, wait_ends ends);

/// The arithmetic of it. Percentiles are nearest ranks of all requests that were due, with those that got no good
/// answer as long as the client waited; so below 1,000 requests p999 is the longest. Throws load_error where nothing
/// was answered.
std::vector<metric> metrics_of(const capacity_result& capacity, std::vector<phase> phases, std::size_t cpus,
                               const between_phases& between);

/// 127.0.0.1 at the port.
target server_at(std::uint16_t port);

}  // namespace threadmark::load
