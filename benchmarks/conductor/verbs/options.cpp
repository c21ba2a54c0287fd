#include "verbs/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "build_info.hpp"
#include "support/errors.hpp"
#include "support/text.hpp"
#include "verbs/places.hpp"

namespace threadmark::conductor {
namespace {

/// What CLI11 fills in and what needs a second look.
struct texts {
  std::string data, bin, base_bin, out = "out", memory_limit;
  std::vector<std::string> params;
  int blocks = 0;
  double min_time = 0, time_limit = 0;
  std::uint32_t seed = 0;
};

void add_places(CLI::App& app, texts& t) {
  app.add_option("--data", t.data, "folder with profiles.json and workloads/catalog.json")->type_name("DIR");
  app.add_option("--bin", t.bin, "folder with the contenders, bench_*; default: beside threadmark")->type_name("DIR");
}

template <class T>
CLI::Option* add_list(CLI::App& app, const char* flag, std::vector<T>& into, const char* help) {
  return app.add_option(flag, into, help)->delimiter(',')->allow_extra_args(false)->type_name("A,B,…");
}

void add_run(CLI::App& app, options& o, texts& t) {
  app.add_option("--profile", o.asked.profile,
                 "smoke, quick, full, trust or gate (benchmarks/profiles.json); default: quick")
      ->type_name("NAME");
  app.add_option("--out", t.out, "the run is written to DIR/<run>; default: out")->type_name("DIR");
  add_places(app, t);
  app.add_option("--base-bin", t.base_bin, "folder with the contenders of another commit, which run as MODEL.base")
      ->type_name("DIR");
  add_list(app, "--model", o.asked.models, "only these models; MODEL.VARIANT for another configuration");
  add_list(app, "--workload", o.asked.workloads, "only these workloads");
  app.add_option("--param", t.params,
                 "these values of a parameter instead of the profile's, as n=5000,10000; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUES");
  add_list(app, "--cores", o.asked.cores, "these numbers of cores, or all");
  app.add_option("--blocks", t.blocks, "how often every cell is run")->type_name("N");
  app.add_option("--min-time", t.min_time, "seconds that a trial iterates for at least")->type_name("S");
  app.add_option("--time-limit", t.time_limit, "seconds after which a trial is killed")->type_name("S");
  app.add_option("--memory-limit", t.memory_limit, "memory that a trial may use, as 8GB or 512MiB; default: no limit")
      ->type_name("SIZE");
  app.add_option("--seed", t.seed, "of the order of trials; default: a new one")->type_name("N");
  app.add_option("--name", o.name, "the run's name; default: the time and a short suffix")->type_name("RUN");
  app.add_option("--resume", o.resume_run, "go on with a run that was stopped; default: the latest")
      ->expected(0, 1)
      ->type_name("[RUN]");
  app.add_flag("--dry-run", o.dry_run, "print the plan and run nothing");
}

void add_limits(CLI::App& app, options& o, texts& t) {
  app.add_option("--out", t.out, "what is found is written to DIR/limits/<run>; default: out")->type_name("DIR");
  add_places(app, t);
  add_list(app, "--model", o.asked.models, "only these models; MODEL.VARIANT for another configuration");
  add_list(app, "--cores", o.asked.cores, "on these numbers of cores, or all; default: 1");
  app.add_option("--most", o.most, "how many tasks to try at most; default: 1000000")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->type_name("N");
  app.add_option("--memory-limit", t.memory_limit,
                 "memory that a trial may use; default: three quarters of what is free")
      ->type_name("SIZE");
  app.add_option("--time-limit", t.time_limit, "seconds after which a trial is killed; default: 120")->type_name("S");
  app.add_option("--name", o.name, "the folder's name; default: the time and a short suffix")->type_name("RUN");
  app.add_flag("--json", o.as_json, "what is found as JSON");
}

void take_params(const std::vector<std::string>& texts_of, settings& s) {
  for (const auto& text : texts_of) {
    const auto equals = text.find('=');
    std::vector<std::int64_t> values;
    for (const auto& one : split(equals == std::string::npos ? "" : text.substr(equals + 1), ',')) {
      const auto value = whole_number(one);
      if (!value)
        throw usage_error(fmt::format("--param takes NAME=VALUES with whole numbers, as n=5000,10000; not '{}'", text));
      values.push_back(*value);
    }
    auto& into = s.params[text.substr(0, equals)];
    into.insert(into.end(), values.begin(), values.end());
  }
}

/// The numbers that were given, each in its range.
void take_numbers(const CLI::App& app, const texts& t, settings& s) {
  const auto positive = [&](const char* flag, auto value, auto& into) {
    if (app.get_option_no_throw(flag) == nullptr || app.count(flag) == 0) return;
    if (!(value > 0) || value > 1e9) throw usage_error(fmt::format("{} takes a number above 0, not {}", flag, value));
    into = value;
  };
  positive("--blocks", t.blocks, s.blocks);
  positive("--min-time", t.min_time, s.min_time_s);
  positive("--time-limit", t.time_limit, s.time_limit_s);
  if (app.get_option_no_throw("--seed") != nullptr && app.count("--seed")) s.seed = t.seed;
  if (app.count("--memory-limit")) {
    s.memory_limit_bytes = size_in_bytes(t.memory_limit);
    if (!s.memory_limit_bytes) {
      throw usage_error(fmt::format("--memory-limit takes a size as 8GB or 512MiB, not '{}'", t.memory_limit));
    }
  }
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> result;
  for (const auto* o : app.get_options()) result.push_back(o->get_name());
  return result;
}

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> result;
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) result.push_back(verb->get_name());
  return result;
}

/// CLI11's errors take several lines and do not say what is known.
std::string plain(const CLI::ParseError& e, const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    const auto rest = app.remaining();
    if (rest.empty()) return "a verb is needed; known: " + join(verbs_of(app)) + "; see threadmark --help";
    return unknown(rest[0].starts_with("-") ? "flag" : "verb", rest[0],
                   rest[0].starts_with("-") ? flags_of(app) : verbs_of(app));
  }
  const auto rest = app.remaining(true);
  if (dynamic_cast<const CLI::ExtrasError*>(&e) && !rest.empty()) {
    return fmt::format("{}: {}", chosen[0]->get_name(),
                       unknown("flag", rest[0].substr(0, rest[0].find('=')), flags_of(*chosen[0])));
  }
  return fmt::format("{}: {}", chosen[0]->get_name(), one_line(e.what(), 300));
}

}  // namespace

options parse_command_line(int argc, const char* const* argv) {
  options o;
  texts t;
  for (int i = 0; i < argc; ++i) o.command.emplace_back(i == 0 ? "threadmark" : argv[i]);
  CLI::App app("Threadmark compares threading models on identical workloads, each trial in a process of its own.",
               "threadmark");
  app.set_version_flag("--version", std::string("threadmark ") + build_version);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  auto* run = app.add_subcommand("run", "run the trials of a profile and record them");
  add_run(*run, o, t);
  auto* list = app.add_subcommand("list", "what can be run: models with their labels, workloads, profiles");
  add_places(*list, t);
  list->add_flag("--json", o.as_json, "as JSON");
  auto* doctor = app.add_subcommand("doctor", "what makes this machine noisy or too small");
  add_places(*doctor, t);
  doctor->add_flag("--json", o.as_json, "as JSON");
  auto* limits = app.add_subcommand("limits", "how many tasks each model can have at once, and what stops it");
  add_limits(*limits, o, t);
  auto* claim = app.add_subcommand("claim", "run what one claim needs, as C03, and print its verdict");
  auto* compare = app.add_subcommand("compare", "set two runs side by side, by their folders or their names in out/");
  for (auto* verb : {claim, compare}) {
    verb->prefix_command();  // the rest of the line is for the program that does it
    verb->set_help_flag();
  }
  for (auto* verb : {run, list, doctor, limits}) {
    for (auto* flag : verb->get_options()) {  // of a flag with one value, given twice, the last counts
      if (flag->get_expected_max() == 1) flag->take_last();
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    std::ostringstream text;
    app.exit(e, text, text);
    o.help = text.str();
    return o;
  } catch (const CLI::ParseError& e) {
    throw usage_error(plain(e, app));
  }
  o.what = run->parsed() ? verb::run : list->parsed() ? verb::list : doctor->parsed() ? verb::doctor : verb::limits;
  for (const auto& [asked, which] : {std::pair{claim, verb::claim}, std::pair{compare, verb::compare}}) {
    if (!asked->parsed()) continue;
    o.what = which;
    o.rest = asked->remaining();
    return o;
  }
  if (o.what == verb::limits) take_numbers(*limits, t, o.asked);
  o.out = t.out;
  o.data = t.data.empty() ? find_sources() / "benchmarks" : std::filesystem::path(t.data);
  o.bin = t.bin.empty() ? program_folder() : std::filesystem::path(t.bin);
  if (o.what == verb::run) {
    o.base_bin = t.base_bin;
    take_params(t.params, o.asked);
    take_numbers(*run, t, o.asked);
    o.resume = run->count("--resume") > 0;
    for (const auto* flag : run->get_options()) {
      if (flag->count() > 0) o.given.push_back(flag->get_name().substr(2));
    }
    if (o.resume && !o.name.empty())
      throw usage_error("--name is for a new run, --resume for one that is there: give one of them");
  }
  return o;
}

}  // namespace threadmark::conductor
