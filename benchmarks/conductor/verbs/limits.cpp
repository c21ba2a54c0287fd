// `threadmark limits`: for each model the most tasks that can be there at once, and what stopped it from having more.
//
// Every attempt is a trial in a process of its own, under a memory limit, recorded as a run's trials are; nothing of
// the system is changed. Works with a cgroup where one can be made, and by polling where not.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "machine/cpu.hpp"
#include "machine/findings.hpp"
#include "machine/limit_advice.hpp"
#include "machine/spin.hpp"
#include "plan/limit_search.hpp"
#include "plan/model_name.hpp"
#include "record/run_folder.hpp"
#include "support/errors.hpp"
#include "support/text.hpp"
#include "trial/trial.hpp"
#include "verbs/verbs.hpp"

namespace threadmark::conductor {
namespace {

constexpr std::int64_t first_tried = 1000;

/// How far one model went.
struct finding_of_model {
  std::string model;
  unsigned cores = 1;
  std::int64_t works = 0, fails = 0;
  std::string outcome = {}, reason = {};  ///< of the least that failed
};

std::vector<std::string> models_of(const options& o) {
  auto there = programs_in(o.bin);
  if (there.empty()) throw usage_error(how_to_build(o.bin, {"bench_*"}));
  if (o.asked.models.empty()) return there;
  for (const auto& name : o.asked.models) {
    if (std::ranges::find(there, parse_model(name).base) == there.end()) {
      throw usage_error(unknown("model", name, there));
    }
  }
  return o.asked.models;
}

std::vector<unsigned> cores_of(const options& o) {
  std::vector<unsigned> result;
  const auto most = static_cast<std::int64_t>(allowed_cpus().size());
  for (const auto& text : o.asked.cores) {
    const auto n = text == "all" ? std::optional(most) : whole_number(text);
    if (!n || *n < 1 || *n > most) {
      throw usage_error(fmt::format("--cores takes numbers from 1 to {}, or all; not '{}'", most, text));
    }
    result.push_back(static_cast<unsigned>(*n));
  }
  if (result.empty()) result.push_back(1);
  return result;
}

/// The parked tasks of `n`: the workload that says how many can be there at once.
cell parked_cell(const catalog& known, std::int64_t n, unsigned cores) {
  const auto* what = known.find("parked");
  if (what == nullptr) throw usage_error("the catalogue has no workload 'parked'");
  return {.what = what, .params = {{"n", n}}, .cores = cores, .models = {}};
}

class prober {
 public:
  prober(const options& o, const contenders& models, const catalog& known, const run_folder& folder, signals& ours)
      : known_(known), lines_(folder.path() / "trials.jsonl"), ours_(ours) {
    context_ = {.run = folder.name(),
                .folder = std::filesystem::absolute(folder.path()),
                .min_time_s = 0.01,
                .time_limit_s = o.asked.time_limit_s.value_or(120),
                .memory_limit_bytes = o.asked.memory_limit_bytes,
                .spin_steps_per_us = measure_spin_steps_per_us(),
                .models = &models};
  }

  finding_of_model find(const std::string& model, unsigned cores, std::int64_t most) {
    finding_of_model found{.model = model, .cores = cores};
    limit_search search(std::min(first_tried, most), most);
    while (const std::int64_t n = search.next()) {
      fmt::print(stderr, "{} on {}: {} … ", model, cores, n);
      const auto tried = attempt(model, cores, n);
      const bool worked = tried.outcome == "ok";
      fmt::print(stderr, "{}\n", worked ? "ok" : tried.line.at("reason").get<std::string>());
      search.tell(worked);
      if (worked) continue;
      found.outcome = tried.outcome;
      found.reason = tried.line.at("reason");
    }
    found.works = search.works();
    found.fails = search.fails();
    return found;
  }

 private:
  trial_result attempt(const std::string& model, unsigned cores, std::int64_t n) {
    plan one;
    one.cells.push_back(parked_cell(known_, n, cores));
    one.cells.front().models = {model};
    auto result = run_trial(context_, one, {.block = 1, .order = ++order_, .cell = 0, .model = model}, ours_);
    if (result.interrupted) throw interrupted{ours_.take()};
    lines_ << result.line.dump(-1, ' ', false, json::error_handler_t::replace) << '\n' << std::flush;
    return result;
  }

  trial_context context_;
  const catalog& known_;
  std::ofstream lines_;
  signals& ours_;
  int order_ = 0;
};

json json_of(const std::vector<finding_of_model>& all, const options& o) {
  json list = json::array();
  for (const auto& f : all) {
    const auto advice = limit_advice(f.reason);
    list.push_back({{"model", f.model},
                    {"cores", f.cores},
                    {"works", f.works},
                    {"fails", f.fails == 0 ? json(nullptr) : json(f.fails)},
                    {"outcome", f.fails == 0 ? json(nullptr) : json(f.outcome)},
                    {"reason", f.fails == 0 ? json(nullptr) : json(f.reason)},
                    {"setting", advice.empty() ? json(nullptr) : json(advice)}});
  }
  return {{"schema", 1},
          {"workload", "parked"},
          {"most", o.most},
          {"memory_limit_bytes", o.asked.memory_limit_bytes ? json(*o.asked.memory_limit_bytes) : json(nullptr)},
          {"models", list}};
}

std::string text_of(const std::vector<finding_of_model>& all) {
  std::string text = fmt::format("\n{:24} {:>6} {:>12}  {}\n", "model", "cores", "most tasks", "what stopped it");
  for (const auto& f : all) {
    text += fmt::format("{:24} {:>6} {:>12}  {}\n", f.model, f.cores, f.works,
                        f.fails == 0 ? "nothing, up to what was tried" : f.reason);
    if (const auto advice = limit_advice(f.reason); !advice.empty()) {
      text += fmt::format("{:46}setting: {}\n", "", advice);
    }
  }
  return text;
}

}  // namespace

int limits_verb(const options& given, signals& ours) {
  auto o = given;
  const auto known = read_catalog(o.data);
  const auto names = models_of(o);
  const auto cores = cores_of(o);
  const auto models = ask_all({o.bin, {}}, names, ours);
  if (!o.asked.memory_limit_bytes) {  // what is free now, with something left for everybody else
    o.asked.memory_limit_bytes = static_cast<std::uint64_t>(gather_facts().memory_available_bytes) / 4 * 3;
  }
  const auto folder = run_folder::create(o.out / "limits", o.name);
  fmt::print(stderr, "limits {}: up to {} tasks, {} of memory, in {}\n", folder.name(), o.most,
             human_bytes(*o.asked.memory_limit_bytes), folder.path().string());
  std::vector<finding_of_model> all;
  prober tries(o, models, known, folder, ours);
  for (const auto& model : names) {
    for (const unsigned k : cores) {
      all.push_back(tries.find(model, k, o.most));
      folder.write("limits.json", json_of(all, o).dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    }
  }
  folder.make_latest();
  if (o.as_json) {
    fmt::print("{}\n", json_of(all, o).dump(2, ' ', false, json::error_handler_t::replace));
  } else {
    fmt::print("{}{}\n", text_of(all), (folder.path() / "limits.json").string());
  }
  return 0;
}

}  // namespace threadmark::conductor
