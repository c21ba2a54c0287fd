// What wrk says at its end. Its own lines are for people (bytes are rounded, what is 0 is left out), so a script of
// ours has it print a line more, by its hook `done`; nothing of the script runs while wrk measures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace threadmark::load {

/// Of a whole run of wrk.
struct wrk_totals {
  std::uint64_t requests = 0;  ///< answered, whatever the status
  std::uint64_t bytes = 0;     ///< that were read of answers
  std::uint64_t connect = 0;   ///< connections that could not be made
  std::uint64_t read = 0;      ///< errors while reading, or what came was no HTTP
  std::uint64_t write = 0;     ///< errors while writing
  std::uint64_t status = 0;    ///< answers with a status of 400 or more
  std::uint64_t timeout = 0;   ///< answers that took longer than wrk's --timeout

  [[nodiscard]] std::uint64_t errors() const { return connect + read + write + status + timeout; }
};

/// In Lua.
extern const std::string_view wrk_script;

/// Nothing where the script's line is not there, or not whole.
std::optional<wrk_totals> parse_wrk(std::string_view output);

/// The line of an output that says best what went wrong: the last that says anything.
std::string wrk_complaint(std::string_view output);

}  // namespace threadmark::load
