#include <atomic>

#include "mn/mn.hpp"
#include "stress/mn/scenario.hpp"

namespace threadmark::stress {
namespace {

/// Starts `children` tasks that do the same, as long as the budget lasts.
void flood(std::atomic<long>& budget, std::atomic<long>& ran, unsigned children) {
  for (unsigned i = 0; i < children; ++i) {
    if (budget.fetch_sub(1, std::memory_order_relaxed) <= 0) return;
    mn::go([&budget, &ran, children] {
      ran.fetch_add(1, std::memory_order_relaxed);
      flood(budget, ran, children);
    });
  }
}

}  // namespace

void spawn_flood(stress_run& run) {
  run.outcomes.name("every task ran once and ended", grade::acceptable);
  run.outcomes.name("a task was lost or ran twice", grade::forbidden);
  run.outcomes.name("the counts of started and ended tasks differ", grade::forbidden);
  mn::runtime rt({.cores = run.cores});
  for (; !run.over(); ++run.rounds) {
    const long tasks = 1 + static_cast<long>(run.below(100'000));
    const auto children = 1 + static_cast<unsigned>(run.below(8));
    std::atomic<long> budget = tasks, ran = 0;
    rt.run([&] {
      // Again and again, since with one child a task makes a chain only.
      while (budget.load(std::memory_order_relaxed) > 0) flood(budget, ran, children);
    });
    run.outcomes.add(ran == tasks ? "every task ran once and ended" : "a task was lost or ran twice");
    const mn::statistics s = rt.stats();
    if (s.tasks_started != s.tasks_ended) run.outcomes.add("the counts of started and ended tasks differ");
  }
}

}  // namespace threadmark::stress
