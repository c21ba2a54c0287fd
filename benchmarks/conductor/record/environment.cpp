#include "record/environment.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <sys/utsname.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "build_info.hpp"
#include "machine/cpu.hpp"
#include "machine/limits.hpp"
#include "memory_ledger/proc_text.hpp"
#include "record/git.hpp"
#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

/// A path below the home folder is written from "~" on: it says the same to the reader without a user's name.
std::string without_home(const std::string& text) {
  const char* home = std::getenv("HOME");
  const std::string folder = home ? home : "";
  if (folder.size() < 2) return text;
  std::string result;
  std::size_t from = 0;
  for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder, at + 1)) {
    const auto after = at + folder.size();
    if (after != text.size() && text[after] != '/') continue;  // only the beginning of a longer name
    result.append(text, from, at - from).append("~");
    from = after;
  }
  return result.append(text, from);
}

json models_json(const contenders& models) {
  json result = json::object();
  for (const auto& [name, c] : models) {
    json capabilities = json::object();
    for (const auto& [what, label] : c.capabilities) capabilities[what] = {{"label", label.label}, {"by", label.by}};
    result[name] = {{"version", c.version}, {"variants", c.variants}, {"capabilities", std::move(capabilities)}};
  }
  return result;
}

}  // namespace

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

json environment_json(const run_facts& facts, signals& ours) {
  utsname system{};
  ::uname(&system);
  const auto git = read_git(facts.sources, ours);
  json command = json::array();
  for (const auto& word : facts.command) command.push_back(without_home(word));
  return {{"schema", 1},
          {"run", facts.run},
          {"started", utc_now()},
          {"profile", facts.chosen->name},
          {"command", command},
          {"seed", facts.asked.seed.value_or(0)},
          {"blocks", facts.planned->blocks},
          {"machine",
           {{"cpu", cpu_name()},
            {"cores", online_cpus()},
            {"allowed_cpus", allowed_cpus().size()},
            {"memory_bytes", memory_bytes()},
            {"arch", architecture()},
            {"virtualization", or_null(virtualization())}}},
          {"kernel", fmt::format("{} {}", system.sysname, system.release)},
          {"libc", fmt::format("glibc {}", ::gnu_get_libc_version())},
          {"compiler", build_compiler},
          {"flags", build_flags},
          {"limits", to_json(read_limits())},
          {"commit", or_null(git.commit)},
          {"dirty", or_null(git.dirty)},
          {"spin_steps_per_us", facts.spin_steps_per_us},
          {"models", models_json(*facts.models)},
          {"plan", {{"cells", facts.planned->cell_count()}, {"trials", facts.planned->trials.size()}}},
          {"warnings", facts.warnings}};
}

json plan_json(const run_facts& facts) {
  json programs = json::object();
  for (const auto& [name, c] : *facts.models) programs[name] = fingerprint(ledger::read_text(c.program).value_or(""));
  return {{"schema", 1},
          {"settings", to_json(facts.asked)},
          {"allowed_cpus", allowed_cpus().size()},
          {"profile", facts.chosen->source},
          {"catalog", facts.known->source},
          {"programs", std::move(programs)}};
}

std::vector<std::string> what_changed(const json& plan_then, const json& environment_then, const json& plan_now,
                                      const contenders& models_now) {
  std::vector<std::string> result;
  const auto same = [&](const char* part, const std::string& words) {
    if (plan_then.at(part) != plan_now.at(part)) result.push_back(words);
  };
  same("profile", "the profile's definition in profiles.json");
  same("catalog", "the catalogue of workloads");
  if (plan_then.at("allowed_cpus") != plan_now.at("allowed_cpus")) {
    result.push_back(fmt::format("the CPUs this process may use ({} then, {} now)", plan_then.at("allowed_cpus").dump(),
                                 plan_now.at("allowed_cpus").dump()));
  }
  for (const auto& [name, c] : models_now) {
    const auto& then = environment_then.at("models");
    if (!then.contains(name)) {
      result.push_back(fmt::format("model {} is new", name));
    } else if (const auto version = then.at(name).at("version").get<std::string>(); version != c.version) {
      result.push_back(fmt::format("the version of {} ({} then, {} now)", name, version, c.version));
    } else if (plan_then.at("programs").value(name, "") != plan_now.at("programs").value(name, "")) {
      result.push_back(fmt::format("the program bench_{} (built anew)", name));
    }
  }
  return result;
}

}  // namespace threadmark::conductor
