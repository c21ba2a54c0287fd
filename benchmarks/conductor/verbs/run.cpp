// `threadmark run`. Everything that can be wrong is found before the run's folder is made, and that before any trial.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "machine/cpu.hpp"
#include "machine/findings.hpp"
#include "machine/spin.hpp"
#include "plan/model_name.hpp"
#include "plan/profile.hpp"
#include "record/environment.hpp"
#include "record/run_folder.hpp"
#include "show/summary.hpp"
#include "support/errors.hpp"
#include "support/text.hpp"
#include "trial/series.hpp"
#include "verbs/needs.hpp"
#include "verbs/places.hpp"
#include "verbs/verbs.hpp"

namespace threadmark::conductor {
namespace {

/// What a run is resumed from.
struct earlier {
  run_folder folder;
  json plan_then, environment_then;
};

earlier open_earlier(const options& o) {
  auto folder = run_folder::open(o.out, o.resume_run);
  try {
    auto plan_then = read_json_file(folder.path() / "plan.json");
    auto environment_then = read_json_file(folder.path() / "environment.json");
    return {std::move(folder), std::move(plan_then), std::move(environment_then)};
  } catch (const usage_error& e) {
    throw usage_error(
        fmt::format("run '{}' cannot be resumed, it was stopped before its first trial ({})", folder.name(), e.what()));
  }
}

settings settings_of(const earlier& then, const options& o) {
  try {
    auto stored = settings_from_json(then.plan_then.at("settings"));
    if (const auto other = differences(stored, o.asked, o.given); !other.empty()) {
      throw usage_error(
          fmt::format("run '{}' goes on as it began; different here: {}", then.folder.name(), join(other, "; ")));
    }
    return stored;
  } catch (const json::exception& e) {
    throw usage_error(fmt::format("run '{}' cannot be resumed: plan.json: {}", then.folder.name(), e.what()));
  }
}

std::string dry_run_text(const plan& p, const settings& s) {
  std::string text;
  for (const auto& w : p.warnings) text += fmt::format("note: {}\n", w);
  for (const auto& t : p.trials) {
    text += fmt::format("{:6} block {:2}  {} {} on {}\n", t.order, t.block, t.model, p.cells[t.cell].name(),
                        p.cells[t.cell].cores);
  }
  const bool all_in_all = p.cell_count() * static_cast<std::size_t>(p.blocks) == p.trials.size();
  return text + fmt::format("{} cells × {}{} blocks = {} trials; seed {}\n", p.cell_count(),
                            all_in_all ? "" : "at most ", p.blocks, p.trials.size(), s.seed.value_or(0));
}

offer machine_offer(const std::vector<profile>& profiles, const std::filesystem::path& bin) {
  offer result{static_cast<unsigned>(allowed_cpus().size()), programs_in(bin)};
  for (const auto& p : profiles) {
    result.known_models.insert(result.known_models.end(), p.models.begin(), p.models.end());
    for (const auto& e : p.own) result.known_models.push_back(e.model);
  }
  return result;
}

void check_unchanged(const earlier& then, const json& now, const contenders& models) {
  try {
    const auto changed = what_changed(then.plan_then, then.environment_then, now, models);
    if (!changed.empty()) {
      throw usage_error(fmt::format("run '{}' cannot be resumed, something is not what it was: {}", then.folder.name(),
                                    join(changed, "; ")));
    }
  } catch (const json::exception& e) {
    throw usage_error(
        fmt::format("run '{}' cannot be resumed: plan.json or environment.json: {}", then.folder.name(), e.what()));
  }
}

void warn(const std::vector<std::string>& warnings) {
  for (const auto& w : warnings) fmt::print(stderr, "warning: {}\n", w);
}

/// All findings go into the record; the mere notes are not worth a line at the start of every run.
void add_findings(const plan& planned, std::vector<std::string>& recorded) {
  for (const auto& f : judge_machine(gather_facts(), needs_of(planned))) {
    recorded.push_back(f.line());
    if (f.how_bad != weight::note) warn({f.line()});
  }
}

}  // namespace

int run_verb(const options& o, signals& ours) {
  const auto known = read_catalog(o.data);
  const auto profiles = read_profiles(o.data, known);
  std::optional<earlier> then;
  if (o.resume) then.emplace(open_earlier(o));
  auto asked = then ? settings_of(*then, o) : o.asked;
  if (!asked.seed) asked.seed = std::random_device{}();
  const auto& chosen = find_profile(profiles, asked.profile);
  const auto planned = make_plan(known, chosen, asked, machine_offer(profiles, o.bin));
  if (o.dry_run) {
    fmt::print("{}", dry_run_text(planned, asked));
    return 0;
  }
  const auto client = client_program(o.bin, planned);
  const auto models = ask_all({o.bin, o.base_bin}, planned.models, ours);
  check_cells(planned, models, ours);
  run_facts facts{.run = "",
                  .command = o.command,
                  .asked = asked,
                  .chosen = &chosen,
                  .known = &known,
                  .planned = &planned,
                  .models = &models,
                  .spin_steps_per_us = 1,
                  .sources = find_sources(),
                  .warnings = planned.warnings};
  const auto plan_now = plan_json(facts);
  if (then) check_unchanged(*then, plan_now, models);
  auto folder = then ? std::move(then->folder) : run_folder::create(o.out, o.name);
  facts.run = folder.name();

  if (then) {
    facts.spin_steps_per_us = then->environment_then.at("spin_steps_per_us").get<std::int64_t>();
  } else {
    facts.spin_steps_per_us = measure_spin_steps_per_us();
    warn(planned.warnings);
    add_findings(planned, facts.warnings);
    folder.write("plan.json", plan_now.dump(2) + "\n");
    folder.write("environment.json",
                 environment_json(facts, ours).dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  }
  folder.make_latest();
  found_lines found;
  journal record(folder.path() / "trials.jsonl", facts.run, found);
  const auto so_far = replay_journal(planned, found.trials);
  warn(found.warnings);
  warn(so_far.warnings);

  const trial_context context{.run = facts.run,
                              .folder = std::filesystem::absolute(folder.path()),
                              .min_time_s = asked.min_time_s.value_or(chosen.min_time_s),
                              .time_limit_s = asked.time_limit_s.value_or(chosen.time_limit_s),
                              .memory_limit_bytes = asked.memory_limit_bytes,
                              .spin_steps_per_us = facts.spin_steps_per_us,
                              .models = &models,
                              .client = client};
  fmt::print(stderr, "run {}: {} trials, {} done\n", facts.run, planned.trials.size(),
             std::ranges::count(so_far.done, true));
  try {
    run_series(context, planned, so_far, record, found.trials, ours);
  } catch (const interrupted&) {
    fmt::print(stderr, "stopped; {} trials are kept in {}; go on with: threadmark run --out={} --resume={}\n",
               found.trials.size(), folder.path().string(), o.out.string(), facts.run);
    throw;
  }
  fmt::print("{}results: {} (also {})\n", summarize(found.trials), folder.path().string(), (o.out / "latest").string());
  // How things fail is a result as well, so it is no reason to fail.
  if (std::ranges::none_of(found.trials, [](const json& t) { return t.at("outcome") == "ok"; }))
    warn({"no trial ended ok: there is nothing to compare"});
  return 0;
}

}  // namespace threadmark::conductor
