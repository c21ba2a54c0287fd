#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "mn/mn.hpp"
#include "stress/mn/scenario.hpp"

namespace threadmark::stress {
namespace {

using namespace std::chrono_literals;

/// Tasks that are given up are never unwound, so what they refer to must outlive them: each holds a share.
struct shared_counts {
  std::atomic<std::uint64_t> started = 0, ended = 0;
  std::atomic<std::uint64_t> ran = 0, refused = 0;  ///< of those from outside
};
using counts = std::shared_ptr<shared_counts>;

void start_tasks(stress_run& run, mn::runtime& rt, const counts& all, const mn::channel<int>& gate) {
  for (std::uint64_t i = run.below(200); i > 0; --i) {
    const auto sleep = std::chrono::microseconds(run.below(300));
    const std::uint64_t kind = run.below(3);
    ++all->started;
    rt.go([all, gate, sleep, kind] {
      if (kind == 0) mn::sleep_for(sleep);
      if (kind == 1) (void)gate.recv();
      if (kind == 2) mn::yield();
      ++all->ended;
    });
  }
}

constexpr std::uint64_t from_outside = 20;

void start_from_outside(mn::runtime& rt, const counts& all) {
  for (std::uint64_t i = 0; i < from_outside; ++i) {
    try {
      rt.go([all] { ++all->ran; });
    } catch (const mn::runtime_stopped&) {
      ++all->refused;
    }
  }
}

void judge(stress_run& run, const mn::shutdown_result& result, const shared_counts& all) {
  if (!result.clean) {
    const bool told = result.left > 0 && !result.report.empty();
    return run.outcomes.add(told ? "tasks were given up, and are in the report" : "given up without a report");
  }
  const bool none_left = result.left == 0 && all.ended == all.started;
  run.outcomes.add(none_left ? "all ended in time" : "clean, though tasks were left");
  if (all.ran + all.refused != from_outside) run.outcomes.add("a task from outside was neither run nor refused");
}

}  // namespace

void shutdown_races(stress_run& run) {
  run.outcomes.name("all ended in time", grade::acceptable);
  run.outcomes.name("tasks were given up, and are in the report", grade::acceptable);
  run.outcomes.name("a task from outside ran", grade::acceptable);
  run.outcomes.name("a task from outside was refused", grade::interesting);
  run.outcomes.name("a task from outside was neither run nor refused", grade::forbidden);
  run.outcomes.name("clean, though tasks were left", grade::forbidden);
  run.outcomes.name("given up without a report", grade::forbidden);
  int impatient = 0;  // few: a runtime that gives tasks up keeps their memory until the process ends
  for (; !run.over(); ++run.rounds) {
    mn::runtime rt({.cores = run.cores});
    const mn::channel<int> gate;
    const auto all = std::make_shared<shared_counts>();
    const bool patient = impatient >= 50 || run.below(8) != 0;
    start_tasks(run, rt, all, gate);
    std::thread outside([&] { start_from_outside(rt, all); });
    std::thread closer([&] {
      if (patient) gate.close();
    });
    const mn::shutdown_result result = rt.shutdown(patient ? std::chrono::nanoseconds(30s) : 0ns);
    outside.join();
    closer.join();
    if (!patient) ++impatient;
    judge(run, result, *all);
    run.outcomes.add("a task from outside ran", all->ran);
    run.outcomes.add("a task from outside was refused", all->refused);
  }
}

}  // namespace threadmark::stress
