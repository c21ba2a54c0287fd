// How a model expresses a cell: the weakest label among the capabilities that the cell uses.
#pragma once

#include <model.hpp>
#include <string>
#include <string_view>

#include "cell.hpp"

namespace threadmark::harness {

struct cell_expression {
  label how = label::native;
  capability weakest = capability::go;  ///< the capability that decided, the first where several do
  std::string_view by;                  ///< and what is behind it, or why it is unsupported
};

cell_expression expressed(const cell& which, expression (*express)(capability));

/// The answer to --capabilities.
std::string capabilities_json(std::string_view model, std::string_view version,
                              std::span<const std::string_view> variants, expression (*express)(capability));

}  // namespace threadmark::harness
