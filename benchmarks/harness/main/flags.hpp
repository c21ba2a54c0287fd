// The command line of a contender.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace threadmark::harness {

struct flags {
  unsigned cores = 1;
  std::vector<std::string> cells;  ///< empty: the standard ones
  std::string variant;             ///< empty: the recommended one
  std::optional<std::uint64_t> spin_steps_per_us;
  std::optional<std::pair<int, int>> ledger_fds;  ///< read from the first, write to the second
  std::optional<std::pair<int, int>> client_fds;  ///< read from the first, write to the second
  unsigned slow_by_percent = 0;                   ///< how much longer every timed part is made
  std::int64_t iterations = 0;                    ///< exactly so many; 0: as the time says
  bool capabilities = false;
  bool help = false;
  bool list_tests = false;
  bool json_on_stdout = false;
  std::string filter;                      ///< a regular expression; empty: everything
  std::string out;                         ///< the JSON file; empty: none
  std::vector<std::string> for_benchmark;  ///< flags that Google Benchmark itself acts on
};

/// Throws bad_input, with what is known, at the first flag that is unknown or has an impossible value.
flags parse_flags(std::span<const std::string_view> arguments, std::span<const std::string_view> variants);

/// What --help prints.
std::string help_text(std::string_view program);

}  // namespace threadmark::harness
