// `threadmark doctor`: exit 0 also with warnings, 1 when a profile cannot run at all.
#include <fmt/format.h>

#include <algorithm>

#include "machine/cpu.hpp"
#include "support/text.hpp"
#include "trial/contenders.hpp"
#include "verbs/needs.hpp"
#include "verbs/verbs.hpp"

namespace threadmark::conductor {
namespace {

const char* name_of(weight w) {
  switch (w) {
    case weight::note: return "note";
    case weight::warning: return "warning";
    case weight::fatal: return "fatal";
  }
  return "?";
}

/// The programs of every profile that are not there. A profile without one of its contenders does not run.
void judge_contenders(const std::vector<profile>& profiles, const std::filesystem::path& bin,
                      std::vector<finding>& out) {
  std::vector<std::string> models, stopped;
  for (const auto& p : profiles) {
    auto its = p.models;
    for (const auto& e : p.own) its.push_back(e.model);
    if (!missing_programs(bin, its).empty()) stopped.push_back(p.name);
    models.insert(models.end(), its.begin(), its.end());
  }
  const auto missing = missing_programs(bin, models);
  if (missing.empty()) return;
  out.insert(out.begin(),
             {"contenders", weight::fatal, fmt::format("{} missing in {}", join(missing), bin.string()),
              fmt::format("profiles {} do not run; --model narrows to what is there", join(stopped)), "make build"});
}

std::string text_of(const std::vector<finding>& findings) {
  std::string text;
  for (const auto& f : findings) {
    text += fmt::format("{:8} {}\n         → {}\n", name_of(f.how_bad), f.fact, f.consequence);
    if (!f.setting.empty()) text += fmt::format("         setting: {}\n", f.setting);
  }
  const auto count = [&](weight w) { return std::ranges::count(findings, w, &finding::how_bad); };
  return text + fmt::format("{} fatal, {} warnings, {} notes\n", count(weight::fatal), count(weight::warning),
                            count(weight::note));
}

json json_of(const std::vector<finding>& findings, bool usable) {
  json list = json::array();
  for (const auto& f : findings) {
    list.push_back({{"id", f.id},
                    {"weight", name_of(f.how_bad)},
                    {"fact", f.fact},
                    {"consequence", f.consequence},
                    {"setting", f.setting.empty() ? json(nullptr) : json(f.setting)}});
  }
  return {{"schema", 1}, {"usable", usable}, {"findings", list}};
}

}  // namespace

int doctor_verb(const options& o, signals&) {
  const auto known = read_catalog(o.data);
  const auto profiles = read_profiles(o.data, known);
  needs most{.memory_bytes = least_memory};
  for (const auto& p : profiles) {
    add_needs(make_plan(known, p, {}, {static_cast<unsigned>(allowed_cpus().size()), {}}), most);
  }
  auto findings = judge_machine(gather_facts(), most);
  judge_contenders(profiles, o.bin, findings);
  const bool usable = std::ranges::none_of(findings, [](const finding& f) { return f.how_bad == weight::fatal; });
  fmt::print("{}", o.as_json ? json_of(findings, usable).dump(2) + "\n" : text_of(findings));
  return usable ? 0 : 1;
}

}  // namespace threadmark::conductor
