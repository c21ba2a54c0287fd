#include <benchmark/benchmark.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <thread>

#include "../cells/bad_input.hpp"
#include "../cells/expressed.hpp"
#include "../cells/name_filter.hpp"
#include "../failure/crash_handler.hpp"
#include "../failure/limits.hpp"
#include "../failure/outcome.hpp"
#include "../measure/pinning.hpp"
#include "../measure/spin_calibration.hpp"
#include "build_info.hpp"
#include "clean_names.hpp"
#include "contender.hpp"
#include "flags.hpp"
#include "session.hpp"

namespace threadmark::harness {
namespace {

const any_workload& workload_of(const contender& model, const cell& which) {
  for (const any_workload& one : model.workloads)
    if (one.name == which.workload->name) return one;
  throw std::logic_error("the catalogue has a workload that is not compiled in: " + which.workload->name);
}

std::vector<planned_cell> plan_cells(const contender& model, const flags& given) {
  std::vector<cell> cells;
  if (given.cells.empty()) cells = standard_cells();
  for (const std::string& name : given.cells) cells.push_back(parse_cell(name));
  const name_filter filter(given.filter);

  std::vector<planned_cell> planned;
  for (const cell& which : cells) {
    if (!filter.matches(which.name())) continue;
    const any_workload& workload = workload_of(model, which);
    try {
      planned.push_back({which, &workload, workload.body(which.values)});
    } catch (const std::invalid_argument& wrong) {
      throw bad_input(which.name() + ": " + wrong.what());
    }
  }
  if (planned.empty())
    throw bad_input("--benchmark_filter=" + given.filter +
                    " matches none of the cells: " + listed(cells, [](const cell& one) { return one.name(); }));
  return planned;
}

bool any_work(const std::vector<planned_cell>& cells) {
  return std::ranges::any_of(cells, [](const planned_cell& plan) { return has_work(plan.which.values); });
}

void describe(const contender& model, const flags& given, std::uint64_t spin_steps_per_us) {
  benchmark::AddCustomContext("model", std::string(model.model));
  benchmark::AddCustomContext("model_version", model.version);
  benchmark::AddCustomContext("variant", given.variant);
  benchmark::AddCustomContext("compiler", build_compiler);
  benchmark::AddCustomContext("compiler_flags", build_flags);
  benchmark::AddCustomContext("build_type", build_type);
  if (spin_steps_per_us != 0) benchmark::AddCustomContext("spin_steps_per_us", std::to_string(spin_steps_per_us));
}

void run_benchmarks(const flags& given) {
  clean_names<benchmark::ConsoleReporter> console(benchmark::ConsoleReporter::OO_None);
  clean_names<benchmark::JSONReporter> json_on_stdout;
  clean_names<benchmark::JSONReporter> file;
  benchmark::BenchmarkReporter* shown = &console;
  if (given.json_on_stdout) shown = &json_on_stdout;
  benchmark::RunSpecifiedBenchmarks(shown, given.out.empty() ? nullptr : &file, "all");
}

void run_trial(const contender& model, const flags& given, char* program) {
  const std::vector<planned_cell> cells = plan_cells(model, given);
  if (given.list_tests) {
    for (const planned_cell& plan : cells) std::puts(plan.which.name().c_str());
    return;
  }
  std::vector<std::string> words = given.for_benchmark;
  std::vector<char*> arguments{program};
  for (std::string& word : words) arguments.push_back(word.data());
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  if (count > 1) throw bad_input("Google Benchmark refuses " + std::string(arguments[1]));

  remember_limits();
  end_trial_on_uncaught_exceptions();
  watch_for_crashes();
  // A ledger or a client that has gone away is an outcome, not a signal.
  if (given.ledger_fds || given.client_fds) std::signal(SIGPIPE, SIG_IGN);
  if (!pin_to_first(given.cores))
    end_trial(outcome::misconfigured, "--cores=" + std::to_string(given.cores) + ", but this process may use " +
                                          std::to_string(allowed_cpus().size()) + " CPUs");

  std::uint64_t spin_steps_per_us = given.spin_steps_per_us.value_or(0);
  if (spin_steps_per_us == 0 && any_work(cells)) spin_steps_per_us = measure_spin_steps_per_us();
  describe(model, given, spin_steps_per_us);

  std::optional<ledger_client> ledger;
  if (given.ledger_fds) ledger.emplace(given.ledger_fds->first, given.ledger_fds->second);
  std::optional<load_client> client;
  if (given.client_fds) client.emplace(given.client_fds->first, given.client_fds->second);
  const auto runtime = model.start({given.cores, given.variant, give_signal_stack});
  const session shared{&model,
                       runtime.get(),
                       ledger ? &*ledger : nullptr,
                       client ? &*client : nullptr,
                       spin_steps_per_us,
                       given.slow_by_percent,
                       given.iterations};
  for (const planned_cell& plan : cells) register_cell(shared, plan);
  run_benchmarks(given);
  benchmark::Shutdown();
}

}  // namespace

int run_contender(const contender& model, int argc, char** argv) {
  try {
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    const flags given = parse_flags(arguments, model.variants);
    if (given.help) {
      std::fputs(help_text(argv[0]).c_str(), stdout);
    } else if (given.capabilities) {
      std::puts(capabilities_json(model.model, model.version, model.variants, model.express).c_str());
    } else {
      run_trial(model, given, argv[0]);
    }
    return 0;
  } catch (const bad_input& wrong) {
    std::fprintf(stderr, "%s: %s\n", argv[0], wrong.what());
    return exit_bad_input;
  } catch (...) {
    end_by_current_exception();
  }
}

}  // namespace threadmark::harness
