// stress_mn: one scenario for a stated time, from a seed. What came of it is one JSON object on standard output; the
// exit code is 0 where nothing forbidden happened, 1 where something did, 2 where the arguments cannot be taken.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "stress/mn/memory.hpp"
#include "stress/mn/scenario.hpp"

namespace {

using namespace threadmark::stress;

std::string_view name_of(grade g) {
  switch (g) {
    case grade::acceptable: return "acceptable";
    case grade::interesting: return "interesting";
    case grade::forbidden: break;
  }
  return "forbidden";
}

nlohmann::json list() {
  auto all = nlohmann::json::array();
  for (const scenario& s : scenarios()) all.push_back({{"name", s.name}, {"sentence", s.sentence}});
  return all;
}

int run(const scenario& chosen, double seconds, std::uint64_t seed, unsigned cores) {
  tally outcomes;
  const auto begun = std::chrono::steady_clock::now();
  const auto length = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  const std::size_t before = resident_bytes();
  stress_run run{.cores = cores, .end = begun + length, .random = std::mt19937_64(seed), .outcomes = outcomes};
  chosen.body(run);
  nlohmann::json counts = nlohmann::json::array();
  bool forbidden = false;
  for (const auto& [what, entry] : outcomes.entries()) {
    counts.push_back({{"what", what}, {"grade", name_of(entry.is)}, {"count", entry.count}});
    forbidden = forbidden || (entry.is == grade::forbidden && entry.count > 0);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::cout << nlohmann::json{{"scenario", chosen.name},
                              {"seed", seed},
                              {"cores", cores},
                              {"seconds", took.count()},
                              {"rounds", run.rounds},
                              {"outcomes", counts},
                              {"resident_bytes", {{"before", before}, {"after", resident_bytes()}}}}
            << '\n';
  return forbidden ? 1 : 0;
}

int run_by_arguments(int argc, char** argv) {
  CLI::App app("Does one thing to mn again and again for a stated time, and says what came of it.", "stress_mn");
  std::string name;
  double seconds = 5;
  std::uint64_t seed = 1;
  unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  bool listed = false;
  app.add_flag("--list", listed, "print the scenarios as JSON and end");
  app.add_option("--scenario", name, "which");
  app.add_option("--seconds", seconds, "for how long")->check(CLI::Range(0.0, 1e6))->capture_default_str();
  app.add_option("--seed", seed, "where its decisions come from; not their timing")->capture_default_str();
  app.add_option("--cores", cores, "how many workers")->check(CLI::Range(1U, 1024U))->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (listed) {
    std::cout << list() << '\n';
    return 0;
  }
  std::string known;
  for (const scenario& s : scenarios()) {
    if (s.name == name) return run(s, seconds, seed, cores);
    known += (known.empty() ? "" : ", ") + std::string(s.name);
  }
  std::fprintf(stderr, "stress_mn: unknown scenario '%s'; known: %s\n", name.c_str(), known.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run_by_arguments(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "stress_mn: %s\n", e.what());
    return 2;
  }
}
