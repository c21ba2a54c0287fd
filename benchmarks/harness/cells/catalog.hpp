// benchmarks/workloads/catalog.json, compiled in: the one list of workloads, parameters, standard values and metrics.
#pragma once

#include <cstdint>
#include <model.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <workloads/trial.hpp>

namespace threadmark::harness {

struct workload_entry {
  std::string name;
  std::string sentence;
  std::vector<std::pair<std::string, std::vector<std::uint64_t>>> params;  ///< each with its standard values
  std::vector<capability> uses;
  std::vector<std::string> metrics;
};

/// The catalogue, in the file's order. Throws std::runtime_error at the first call where the file is not a catalogue.
const std::vector<workload_entry>& catalog();

/// A catalogue from JSON text.
std::vector<workload_entry> parse_catalog(std::string_view json);

/// The entry of that name, or null.
const workload_entry* find_workload(std::string_view name);

}  // namespace threadmark::harness
