// What MN_TRACE and MN_TRACE_EVENTS ask for.
#pragma once

#include <optional>
#include <string>

#include "mn/trace.hpp"

namespace mn::detail {

struct trace_wanted {
  std::string path;
  trace_options options;
};

/// Asked once by each runtime: each answer has a path of its own.
std::optional<trace_wanted> trace_wanted_by_environment();

/// `pattern` with %p replaced by the process's number, for the `number`th trace of the process: from the second on,
/// with the number before the extension.
std::string trace_path(const std::string& pattern, unsigned number, int process);

/// One line on standard error.
void complain(const std::string& line) noexcept;

}  // namespace mn::detail
