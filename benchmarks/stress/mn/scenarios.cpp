#include <array>

#include "stress/mn/scenario.hpp"

namespace threadmark::stress {

std::span<const scenario> scenarios() {
  static constexpr std::array<scenario, 10> all = {{
      {"spawn_flood", "Tasks that start tasks, faster than they end: each runs once, none is left.", spawn_flood},
      {"steal_storm", "One worker has all the tasks and the others take them: each runs once.", steal_storm},
      {"close_races",
       "Sends, receives and selects race with close: what was sent is received, what was refused is not.", close_races},
      {"wake_races", "Waits race with what ends them, by value, unit, notification or timeout: no wake-up is lost.",
       wake_races},
      {"timer_storm",
       "Timers are set, stopped and set again: each goes off as often as it was not stopped, never early.",
       timer_storm},
      {"cancel_storm", "Trees of contexts are cancelled from several sides: all below end, and all who wait wake.",
       cancel_storm},
      {"network", "Clients come and leave in the middle of anything: who waits is answered, and no descriptor is left.",
       network},
      {"shutdown_races",
       "Runtimes are shut down while tasks run, wait, sleep and are started: all are ended or reported.",
       shutdown_races},
      {"stack_overflow", "A child overflows the stack of a task: the report names task, place and size.",
       stack_overflow},
      {"soak", "Everything at once, for long: nothing is lost, and memory returns to where it was.", soak},
  }};
  return all;
}

}  // namespace threadmark::stress
