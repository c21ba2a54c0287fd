// What a contender wrote to --benchmark_out: Google Benchmark's JSON, read for the one cell that was asked for.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace threadmark::conductor {

struct contender_report {
  std::string model, version, variant;    ///< of the context
  std::string label;                      ///< how the workload is expressed
  std::map<std::string, double> numbers;  ///< every number of the cell's entry: times and counters
};

/// Nothing, with a short reason in `error`, when the text is not such JSON or has no entry for the cell.
std::optional<contender_report> read_contender_json(std::string_view text, const std::string& cell, std::string& error);

}  // namespace threadmark::conductor
