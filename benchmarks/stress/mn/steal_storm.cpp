#include <atomic>
#include <chrono>
#include <vector>

#include "mn/mn.hpp"
#include "stress/mn/scenario.hpp"

namespace threadmark::stress {
namespace {

void work_for(std::uint64_t steps) {
  for (std::uint64_t i = 0; i < steps; ++i) asm volatile("");
}

}  // namespace

void steal_storm(stress_run& run) {
  run.outcomes.name("every task ran once", grade::acceptable);
  run.outcomes.name("a task was lost or ran twice", grade::forbidden);
  run.outcomes.name("a task was stolen", grade::interesting);
  // More workers than cores, so that thieves and their victims are preempted in the middle.
  mn::runtime rt({.cores = run.cores * 2});
  for (; !run.over(); ++run.rounds) {
    const std::size_t tasks = 1 + run.below(3000);
    const std::uint64_t steps = run.below(300);
    const bool waits = run.below(2) == 0;
    std::vector<std::atomic<int>> times(tasks);
    const std::uint64_t stolen_before = rt.stats().steals;
    rt.run([&] {
      mn::wait_group all;
      for (std::size_t i = 0; i < tasks; ++i) {
        all.go([&times, i, steps, waits] {
          work_for(steps);
          if (waits) mn::yield();
          times[i].fetch_add(1, std::memory_order_relaxed);
        });
      }
      all.wait();
    });
    bool once = true;
    for (const auto& t : times) once = once && t == 1;
    run.outcomes.add(once ? "every task ran once" : "a task was lost or ran twice");
    run.outcomes.add("a task was stolen", rt.stats().steals - stolen_before);
  }
}

}  // namespace threadmark::stress
