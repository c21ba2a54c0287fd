// The command line of `threadmark`, read and checked as far as it can be without looking at files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "plan/settings.hpp"

namespace threadmark::conductor {

enum class verb { help, run, list, doctor, limits, claim, compare };

struct options {
  verb what = verb::help;
  std::string help;  ///< what to print for verb::help
  std::vector<std::string> command;
  std::filesystem::path data, bin, out = "out";
  std::filesystem::path base_bin;  ///< programs of another commit; empty: none
  // run
  settings asked;
  std::vector<std::string> given;  ///< names of the flags that were there, "blocks"
  std::string name, resume_run;
  bool resume = false, dry_run = false;
  // limits
  std::int64_t most = 1'000'000;
  // claim, compare
  std::vector<std::string> rest;  ///< as they were given
  // list, doctor, limits
  bool as_json = false;
};

/// Throws usage_error: one line that says what is known.
options parse_command_line(int argc, const char* const* argv);

}  // namespace threadmark::conductor
