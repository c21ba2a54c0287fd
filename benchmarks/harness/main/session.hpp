// The cells of one process, run by Google Benchmark on one runtime.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../cells/cell.hpp"
#include "../measure/ledger_client.hpp"
#include "../measure/load_client.hpp"
#include "contender.hpp"

namespace threadmark::harness {

/// A cell and what is needed to run it.
struct planned_cell {
  cell which;
  const any_workload* workload;
  cell_body body;
};

/// What all cells of the process share.
struct session {
  const contender* model;
  any_runtime* runtime;
  ledger_client* ledger;  ///< may be null
  load_client* client;    ///< may be null
  std::uint64_t spin_steps_per_us;
  unsigned slow_by_percent;
  std::int64_t iterations;  ///< of a cell that is not cold; 0: as Google Benchmark finds
};

/// Whether the cell runs the work loop, so that its speed must be known.
bool has_work(const workloads::parameters& values);

/// Registers the cell with Google Benchmark: wall-clock time, one untimed iteration first unless the workload is cold.
/// Session and plan must outlive the run.
void register_cell(const session& shared, const planned_cell& plan);

}  // namespace threadmark::harness
