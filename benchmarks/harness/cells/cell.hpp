// A cell: a workload and a value for each of its parameters. Its name is `workload/param:value/param:value`, in the
// catalogue's order, nothing left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog.hpp"

namespace threadmark::harness {

struct cell {
  const workload_entry* workload = nullptr;
  workloads::parameters values;

  std::string name() const;
};

/// Throws bad_input, with what is known, where the name is not a cell's.
cell parse_cell(std::string_view name);

/// Every combination of the catalogue's standard values, the last parameter changing fastest.
std::vector<cell> standard_cells();

/// The capabilities that the cell really uses: of the two kinds of channel, only the one that its capacity asks for.
std::vector<capability> used_by(const cell& which);

}  // namespace threadmark::harness
