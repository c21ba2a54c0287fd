// The contender programs: where they are, and what each says of itself (`bench_X --capabilities`).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "child/signals.hpp"
#include "plan/model_name.hpp"
#include "plan/plan.hpp"

namespace threadmark::conductor {

struct capability_label {
  std::string label;  ///< native, composed, unsupported
  std::string by;
};

struct contender {
  std::filesystem::path program;
  std::string version;
  std::vector<std::string> variants;
  std::vector<std::pair<std::string, capability_label>> capabilities;  ///< in the program's order
};

/// Where the programs are. `base` is empty where there are none of another commit.
struct program_folders {
  std::filesystem::path own, base;

  const std::filesystem::path& of(const model_name& m) const { return m.of_base ? base : own; }
};

/// By the name of the program: `tbb` also for `tbb.again`, and `mn.base` beside `mn`.
using contenders = std::map<std::string, contender>;

/// The base names for which `bin` has a program bench_<name>, in alphabetical order.
std::vector<std::string> programs_in(const std::filesystem::path& bin);

/// Of these models the programs that `bin` does not have, each once: "bench_tbb". Those of another commit are not
/// looked for.
std::vector<std::string> missing_programs(const std::filesystem::path& bin, const std::vector<std::string>& models);

/// What a person must do about missing programs, in one line.
std::string how_to_build(const std::filesystem::path& bin, const std::vector<std::string>& missing);

/// The program that loads servers. Throws usage_error where it is needed for the plan and is not in `bin`.
std::filesystem::path client_program(const std::filesystem::path& bin, const plan& planned);

/// Runs `program --capabilities`. Throws usage_error where it does not answer as PROTOCOL.md says.
contender ask(const std::filesystem::path& program, const std::string& base, signals& ours);

/// Every program that the models need, asked. Throws usage_error that names the missing ones, or an unknown variant.
contenders ask_all(const program_folders& where, const std::vector<std::string>& models, signals& ours);

/// Has each program list the cells that are planned for it. Throws usage_error, in the program's own words, where it
/// does not take one: which values make sense only the workload knows.
void check_cells(const plan& planned, const contenders& models, signals& ours);

/// How a model expresses a cell: the weakest label among the capabilities it uses. Empty where one is not known.
std::string expressed(const cell& what, const contender& by);

}  // namespace threadmark::conductor
