// A program run by a test: what it printed and how it ended.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace threadmark::harness {

struct ended {
  int exit_code = -1;  ///< -1 where a signal ended it
  int signal = 0;
  std::string out;
  std::string err;

  /// The last line on standard error.
  std::string last_error_line() const;
};

/// Runs a program to its end, or for 60 seconds (then SIGALRM ends it). Where `inherited` is given, the child has these
/// descriptors as 8 and 9.
ended run_program(const std::string& path, const std::vector<std::string>& arguments,
                  std::optional<std::pair<int, int>> inherited = std::nullopt);

/// Runs bench_reference.
ended run_reference(const std::vector<std::string>& arguments,
                    std::optional<std::pair<int, int>> inherited = std::nullopt);

}  // namespace threadmark::harness
