#include "session.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "../cells/expressed.hpp"
#include "../failure/outcome.hpp"
#include "../measure/pinning.hpp"
#include "../measure/stage.hpp"

namespace threadmark::harness {
namespace {

/// The cores are those that the model may use and that are there.
effective_configuration configuration(const session& shared) {
  effective_configuration result = shared.runtime->effective();
  result.cores = static_cast<unsigned>(std::min<std::size_t>(allowed_cpus().size(), result.cores));
  return result;
}

void iterate(const planned_cell& plan, stage& into) {
  into.begin_iteration();
  plan.body(into);
}

/// The whole of Google Benchmark's loop runs in the root task: starting a runtime is not part of any workload.
void run_stage(const session& shared, const planned_cell& plan, benchmark::State& state, bool warm_up, stage& timed) {
  shared.runtime->run([&] {
    try {
      if (warm_up) {
        stage discarded(shared.spin_steps_per_us, nullptr, nullptr, configuration(shared));
        iterate(plan, discarded);
      }
      for ([[maybe_unused]] auto unused : state) {
        iterate(plan, timed);
        state.SetIterationTime(std::chrono::duration<double>(timed.iteration_time()).count());
      }
    } catch (...) {
      // Here, and not behind `run`: that waits for tasks which may never end.
      end_by_current_exception();
    }
  });
}

void report(const session& shared, const planned_cell& plan, const stage& timed, benchmark::State& state) {
  for (const stage::total& metric : timed.totals())
    state.counters[metric.name] = metric.sum / static_cast<double>(timed.iterations());
  const effective_configuration effective = configuration(shared);
  state.counters["effective_cores"] = static_cast<double>(effective.cores);
  state.counters["effective_os_threads"] = static_cast<double>(timed.most_os_threads());
  state.counters["effective_stack_bytes"] = static_cast<double>(effective.stack_bytes);
  if (has_work(plan.which.values))
    state.counters["effective_spin_steps_per_us"] = static_cast<double>(shared.spin_steps_per_us);
  if (shared.slow_by_percent != 0)
    state.counters["effective_slow_by_percent"] = static_cast<double>(shared.slow_by_percent);
}

}  // namespace

bool has_work(const workloads::parameters& values) {
  return values.has("total_ms") || (values.has("work_ns") && values["work_ns"] != 0) ||
         (values.has("route") && values["route"] == 2);
}

void register_cell(const session& shared, const planned_cell& plan) {
  // Google Benchmark calls this for every number of iterations that it tries.
  auto run = [&shared, &plan, warmed = false](benchmark::State& state) mutable {
    const cell_expression expression = expressed(plan.which, shared.model->express);
    if (expression.how == label::unsupported)
      end_trial(outcome::unsupported, std::string(to_string(expression.weakest)) + ": " + std::string(expression.by));
    stage timed(shared.spin_steps_per_us, shared.ledger, shared.client, configuration(shared), shared.slow_by_percent);
    run_stage(shared, plan, state, !warmed && !plan.workload->cold, timed);
    warmed = true;
    report(shared, plan, timed, state);
    state.SetLabel(std::string(to_string(expression.how)));
  };
  auto* const registered = benchmark::RegisterBenchmark(plan.which.name().c_str(), std::move(run));
  registered->UseManualTime()->MeasureProcessCPUTime()->Unit(benchmark::kNanosecond);
  if (plan.workload->cold) {
    registered->Iterations(1);
  } else if (shared.iterations != 0) {
    registered->Iterations(shared.iterations);
  }
}

}  // namespace threadmark::harness
