// The catalogue of workloads: their parameters, standard values and metrics (benchmarks/workloads/catalog.json).
// The order in the file is the order of parameters in a cell's name, so it is kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace threadmark::conductor {

using json = nlohmann::ordered_json;

struct parameter {
  std::string name;
  std::vector<std::int64_t> values;
};

struct metric {
  std::string name, unit, better;
};

struct workload {
  std::string name, sentence;
  std::vector<parameter> params;
  std::vector<std::string> uses;  ///< capabilities of a model
  std::vector<metric> metrics;

  const parameter* find_param(const std::string& param) const;
  /// Whether it is a server's, so that a client has to load it from outside.
  bool needs_a_client() const;
};

struct catalog {
  std::vector<workload> workloads;
  json source;  ///< the file as read, for a run's record

  const workload* find(const std::string& name) const;
  std::vector<std::string> names() const;
  std::vector<std::string> param_names() const;  ///< of all workloads, each once
};

/// Throws usage_error that names the file and what is wrong in it.
catalog read_catalog(const std::filesystem::path& data);

/// A JSON file with "schema": 1. Throws usage_error that names the file and what is wrong.
json read_json_file(const std::filesystem::path& file);

}  // namespace threadmark::conductor
