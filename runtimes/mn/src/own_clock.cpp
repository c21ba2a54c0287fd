#include "own_clock.hpp"

#include "bare_clock.hpp"
#include "mn/errors.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

std::shared_ptr<timers> clock_of_task() noexcept {
  const worker* here = current_worker();
  return here && here->current ? here->home.shared_clock : nullptr;
}

}  // namespace

std::shared_ptr<timers> own_clock() {
  auto clock = clock_of_task();
  return clock ? clock : bare_clock::get();
}

std::shared_ptr<timers> runtime_clock() {
  auto clock = clock_of_task();
  if (!clock) throw not_in_a_task("mn: call_after() and on_done() start tasks, and so must be called in one");
  return clock;
}

}  // namespace mn::detail
