// Google Benchmark adds how it was told to measure ("/process_time/manual_time") to a benchmark's name. A cell's name
// must be the same for every contender in every language, so the reporters here take that off again.
#pragma once

#include <benchmark/benchmark.h>

#include <vector>

namespace threadmark::harness {

template <class Reporter>
class clean_names final : public Reporter {
 public:
  using Reporter::Reporter;

  void ReportRuns(const std::vector<benchmark::BenchmarkReporter::Run>& runs) override {
    std::vector<benchmark::BenchmarkReporter::Run> renamed = runs;
    for (auto& run : renamed) {
      benchmark::BenchmarkName name;
      name.function_name = run.run_name.function_name;
      run.run_name = name;
    }
    Reporter::ReportRuns(renamed);
  }
};

}  // namespace threadmark::harness
