#include "trial/contenders.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "child/supervise.hpp"
#include "plan/model_name.hpp"
#include "support/errors.hpp"
#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

constexpr std::string_view prefix = "bench_";
constexpr double longest_answer_s = 20;

bool is_program(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

contender parse_answer(const std::string& answer, const std::string& base) {
  const auto parsed = nlohmann::ordered_json::parse(answer);
  if (const auto model = parsed.at("model").get<std::string>(); model != base) {
    throw usage_error(fmt::format("it says that it is model '{}', not '{}'", model, base));
  }
  contender result;
  result.version = parsed.at("model_version").get<std::string>();
  result.variants = parsed.at("variants").get<std::vector<std::string>>();
  for (const auto& [name, entry] : parsed.at("capabilities").items()) {
    result.capabilities.emplace_back(
        name, capability_label{entry.at("label").get<std::string>(), entry.at("by").get<std::string>()});
  }
  return result;
}

}  // namespace

std::vector<std::string> programs_in(const std::filesystem::path& bin) {
  std::vector<std::string> result;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(bin, error)) {
    const auto name = entry.path().filename().string();
    // A dot would be a variant's, or a file's ending.
    if (name.starts_with(prefix) && name.find('.') == std::string::npos && is_program(entry.path())) {
      result.push_back(name.substr(prefix.size()));
    }
  }
  std::ranges::sort(result);
  return result;
}

std::vector<std::string> missing_programs(const std::filesystem::path& bin, const std::vector<std::string>& models) {
  std::vector<std::string> result;
  for (const auto& full : models) {
    const auto m = parse_model(full);
    const auto program = m.program();
    if (m.of_base) continue;
    if (!is_program(bin / program) && std::ranges::find(result, program) == result.end()) result.push_back(program);
  }
  return result;
}

std::string how_to_build(const std::filesystem::path& bin, const std::vector<std::string>& missing) {
  return fmt::format(
      "{} missing in {}: build with `make build` (into build/release/bin), or name another folder by --bin",
      join(missing), bin.string());
}

std::filesystem::path client_program(const std::filesystem::path& bin, const plan& planned) {
  const auto program = bin / "threadmark_load";
  const bool needed = std::ranges::any_of(planned.cells, [](const cell& c) { return c.what->needs_a_client(); });
  if (needed && !is_program(program)) throw usage_error(how_to_build(bin, {"threadmark_load"}));
  return program;
}

contender ask(const std::filesystem::path& program, const std::string& base, signals& ours) {
  const auto name = program.filename().string();
  const auto end = supervise({.program = program, .arguments = {"--capabilities"}, .keep_output = true},
                             {.time_limit_s = longest_answer_s}, ours);
  if (end.by == ended_by::time_limit) {
    throw usage_error(fmt::format("{} --capabilities: no answer within {} s", name, longest_answer_s));
  }
  if (end.by == ended_by::interrupt) throw interrupted{ours.take()};
  if (!WIFEXITED(end.status) || WEXITSTATUS(end.status) != 0) {
    throw usage_error(fmt::format("{} --capabilities failed: {}", name, one_line(end.errors, 300)));
  }
  try {
    auto result = parse_answer(end.output, base);
    result.program = program;
    return result;
  } catch (const std::exception& e) {
    throw usage_error(fmt::format("{} --capabilities: {}", name, e.what()));
  }
}

contenders ask_all(const program_folders& where, const std::vector<std::string>& models, signals& ours) {
  if (const auto missing = missing_programs(where.own, models); !missing.empty()) {
    throw usage_error(how_to_build(where.own, missing));
  }
  contenders result;
  for (const auto& full : models) {
    const auto m = parse_model(full);
    if (m.of_base && !is_program(where.base / m.program())) {
      throw usage_error(where.base.empty()
                            ? fmt::format("{} is {} of another commit: say by --base-bin where that is", full, m.base)
                            : fmt::format("{} is missing in {}", m.program(), where.base.string()));
    }
    const auto name = m.contender();
    if (!result.contains(name)) result[name] = ask(where.of(m) / m.program(), m.base, ours);
    const auto& variants = result[name].variants;
    if (!m.variant.empty() && std::ranges::find(variants, m.variant) == variants.end()) {
      throw usage_error(
          unknown("variant of " + m.base, m.variant, variants.empty() ? std::vector<std::string>{"(none)"} : variants));
    }
  }
  return result;
}

void check_cells(const plan& planned, const contenders& models, signals& ours) {
  std::map<std::string, std::set<std::string>> cells;
  for (const auto& t : planned.trials) cells[parse_model(t.model).contender()].insert(planned.cells[t.cell].name());
  for (const auto& [name, names] : cells) {
    std::vector<std::string> arguments = {"--benchmark_list_tests"};
    for (const auto& one : names) arguments.push_back("--cell=" + one);
    const auto end = supervise({.program = models.at(name).program, .arguments = arguments},
                               {.time_limit_s = longest_answer_s}, ours);
    if (end.by == ended_by::interrupt) throw interrupted{ours.take()};
    if (!WIFEXITED(end.status) || WEXITSTATUS(end.status) != 0) {
      throw usage_error(fmt::format("the plan does not fit the workloads of {}: {}", name, one_line(end.errors, 300)));
    }
  }
}

std::string expressed(const cell& what, const contender& by) {
  const auto capacity = std::ranges::find(what.params, "capacity", &std::pair<std::string, std::int64_t>::first);
  std::string weakest;
  for (auto used : what.what->uses) {
    // With a capacity among the parameters, that says which of the two kinds of channel the cell uses.
    if (capacity != what.params.end() && used.ends_with("buffered_channel")) {
      used = capacity->second == 0 ? "unbuffered_channel" : "buffered_channel";
    }
    const auto at = std::ranges::find(by.capabilities, used, &std::pair<std::string, capability_label>::first);
    if (at == by.capabilities.end()) return {};
    const auto& label = at->second.label;
    if (weakest.empty() || label == "unsupported" || (label == "composed" && weakest == "native")) weakest = label;
    if (weakest == "unsupported") break;
  }
  return weakest;
}

}  // namespace threadmark::conductor
