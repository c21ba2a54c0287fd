// `threadmark list`: what can be run. A contender that is not built, or does not answer, is listed as such.
#include <fmt/format.h>

#include <algorithm>

#include "machine/cpu.hpp"
#include "plan/model_name.hpp"
#include "support/errors.hpp"
#include "support/text.hpp"
#include "trial/contenders.hpp"
#include "verbs/verbs.hpp"

namespace threadmark::conductor {
namespace {

struct listed_model {
  std::string name, trouble;  ///< trouble empty: `about` holds
  contender about;
};

std::vector<listed_model> ask_each(const std::vector<profile>& profiles, const std::filesystem::path& bin,
                                   signals& ours) {
  std::vector<std::string> names;
  for (const auto& p : profiles) {
    for (const auto& m : p.models) names.push_back(parse_model(m).base);
  }
  for (const auto& n : programs_in(bin)) names.push_back(n);
  std::vector<listed_model> result;
  for (const auto& name : names) {
    if (std::ranges::find(result, name, &listed_model::name) != result.end()) continue;
    listed_model m{name, "", {}};
    const auto program = parse_model(name).program();
    if (!missing_programs(bin, {name}).empty()) {
      m.trouble = fmt::format("{} is not there; make build", program);
    } else {
      try {
        m.about = ask(bin / program, name, ours);
      } catch (const usage_error& e) {
        m.trouble = e.what();
      }
    }
    result.push_back(std::move(m));
  }
  return result;
}

std::string capability_table(const std::vector<listed_model>& models) {
  std::vector<std::string> rows;
  for (const auto& m : models) {
    for (const auto& [capability, label] : m.about.capabilities) {
      if (std::ranges::find(rows, capability) == rows.end()) rows.push_back(capability);
    }
  }
  std::string text = fmt::format("  {:20}", "");
  for (const auto& m : models) text += fmt::format(" {:12}", m.name);
  for (const auto& row : rows) {
    text += fmt::format("\n  {:20}", row);
    for (const auto& m : models) {
      const auto at = std::ranges::find(m.about.capabilities, row, &std::pair<std::string, capability_label>::first);
      text += fmt::format(" {:12}", at == m.about.capabilities.end() ? "-" : at->second.label);
    }
  }
  return text + "\n";
}

std::string values_text(const std::vector<std::int64_t>& values) {
  return fmt::format("{}", fmt::join(values, ","));
}

void print_text(const std::vector<listed_model>& models, const catalog& known, const std::vector<profile>& profiles) {
  fmt::print("models\n");
  for (const auto& m : models) {
    fmt::print("  {:12} {}{}\n", m.name, m.trouble.empty() ? m.about.version : m.trouble,
               m.about.variants.empty() ? "" : "; variants: " + join(m.about.variants));
  }
  fmt::print("\n{}\nworkloads\n", capability_table(models));
  for (const auto& w : known.workloads) {
    fmt::print("  {}\n    {}\n   ", w.name, w.sentence);
    for (const auto& p : w.params) fmt::print(" {}={}", p.name, values_text(p.values));
    fmt::print("\n");
  }
  fmt::print("\nprofiles\n");
  for (const auto& p : profiles) {
    const auto planned = make_plan(known, p, {}, {static_cast<unsigned>(allowed_cpus().size()), {}});
    fmt::print("  {:8} {} cells × {} blocks = {} trials here; cores {}; {} s a trial at least, {} s at most\n", p.name,
               planned.cell_count(), p.blocks, planned.trials.size(), join(p.cores, ","), p.min_time_s, p.time_limit_s);
  }
}

json list_json(const std::vector<listed_model>& models, const catalog& known, const std::vector<profile>& profiles) {
  json result = {{"schema", 1},
                 {"models", json::object()},
                 {"workloads", known.source.at("workloads")},
                 {"profiles", json::object()}};
  for (const auto& m : models) {
    json capabilities = json::object();
    for (const auto& [what, label] : m.about.capabilities)
      capabilities[what] = {{"label", label.label}, {"by", label.by}};
    result["models"][m.name] =
        m.trouble.empty()
            ? json{{"version", m.about.version}, {"variants", m.about.variants}, {"capabilities", capabilities}}
            : json{{"trouble", m.trouble}};
  }
  for (const auto& p : profiles) result["profiles"][p.name] = p.source;
  return result;
}

}  // namespace

int list_verb(const options& o, signals& ours) {
  const auto known = read_catalog(o.data);
  const auto profiles = read_profiles(o.data, known);
  const auto models = ask_each(profiles, o.bin, ours);
  if (o.as_json) {
    fmt::print("{}\n", list_json(models, known, profiles).dump(2));
  } else {
    print_text(models, known, profiles);
  }
  return 0;
}

}  // namespace threadmark::conductor
