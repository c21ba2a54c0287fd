// What the harness knows of a model, with the model's types erased, so that all of the harness but a page of template
// code is compiled once.
#pragma once

#include <functional>
#include <memory>
#include <model.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <workloads/trial.hpp>

namespace threadmark::harness {

class any_runtime {
 public:
  virtual ~any_runtime() = default;
  virtual void run(const std::function<void()>& root) = 0;
  virtual effective_configuration effective() = 0;
};

/// One iteration of a cell; called inside the root task.
using cell_body = std::function<void(workloads::trial&)>;

struct any_workload {
  std::string_view name;
  bool cold;
  /// Throws std::invalid_argument where the values make no sense for the workload.
  cell_body (*body)(const workloads::parameters&);
};

struct contender {
  std::string_view model;
  std::string version;
  std::span<const std::string_view> variants;
  expression (*express)(capability);
  std::unique_ptr<any_runtime> (*start)(runtime_options);
  std::vector<any_workload> workloads;
};

/// The whole program: returns the exit code, or ends the process with an outcome (PROTOCOL.md).
int run_contender(const contender& model, int argc, char** argv);

}  // namespace threadmark::harness
