#include <atomic>
#include <chrono>
#include <deque>
#include <vector>

#include "mn/mn.hpp"
#include "stress/mn/scenario.hpp"

namespace threadmark::stress {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// A timer and how often it must have gone off.
struct alarm {
  std::atomic<int> went_off = 0;
  std::atomic<bool> early = false;
  std::atomic<clock::rep> due = 0;  ///< the earliest that the next may come
  int wanted = 0;
};

void note(alarm& a) {
  if (clock::now().time_since_epoch().count() < a.due.load()) a.early = true;
  a.went_off.fetch_add(1);
}

}  // namespace

void timer_storm(stress_run& run) {
  run.outcomes.name("went off once for each time it was set and not stopped", grade::acceptable);
  run.outcomes.name("was stopped and did not go off", grade::acceptable);
  run.outcomes.name("stop came too late, and it had gone off", grade::interesting);
  run.outcomes.name("went off too often or not at all", grade::forbidden);
  run.outcomes.name("went off early", grade::forbidden);
  mn::runtime rt({.cores = run.cores});
  for (; !run.over(); ++run.rounds) {
    const std::size_t many = 1 + run.below(5000);
    const std::uint64_t seed = run.random();
    std::deque<alarm> alarms(many);
    std::uint64_t too_late = 0;
    rt.run([&] {
      std::mt19937_64 random(seed);
      const auto soon = [&] { return std::chrono::microseconds(random() % 3000); };
      const auto set_due = [](alarm& a, clock::duration d) { a.due = (clock::now() + d).time_since_epoch().count(); };
      std::vector<mn::timer> timers;
      for (alarm& a : alarms) {
        const auto d = soon();
        set_due(a, d);
        a.wanted = 1;
        timers.push_back(mn::call_after(d, [&a] { note(a); }));
      }
      for (std::size_t i = 0; i < 2 * many; ++i) {
        const std::size_t k = random() % many;
        alarm& a = alarms[k];
        const auto d = soon();
        if (random() % 2 == 0) {
          if (timers[k].stop()) {
            --a.wanted;
          } else {
            ++too_late;
          }
        } else {
          // Between the stop and the new time nothing of it is on its way but a call that has been started.
          if (timers[k].stop()) --a.wanted;
          mn::yield();
          if (a.went_off < a.wanted) continue;  // the started call may still look at `due`
          set_due(a, d);
          timers[k].reset(d);
          ++a.wanted;
        }
        if (i % 64 == 0) mn::yield();
      }
      mn::sleep_for(4ms);
      for (std::size_t waited = 0; waited < 1000; ++waited) {  // late on a slow machine is not lost
        bool all = true;
        for (const alarm& a : alarms) all = all && a.went_off >= a.wanted;
        if (all) break;
        mn::sleep_for(10ms);
      }
    });
    std::uint64_t right = 0, stopped = 0, wrong = 0, early = 0;
    for (const alarm& a : alarms) {
      ++(a.went_off != a.wanted ? wrong : a.wanted == 0 ? stopped : right);
      if (a.early) ++early;
    }
    run.outcomes.add("went off once for each time it was set and not stopped", right);
    run.outcomes.add("was stopped and did not go off", stopped);
    run.outcomes.add("stop came too late, and it had gone off", too_late);
    run.outcomes.add("went off too often or not at all", wrong);
    run.outcomes.add("went off early", early);
  }
}

}  // namespace threadmark::stress
