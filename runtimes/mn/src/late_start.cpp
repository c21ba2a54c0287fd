#include "late_start.hpp"

#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

worker* worker_of(const scheduler& home) noexcept {
  worker* here = current_worker();
  return here && &here->home == &home ? here : nullptr;
}

}  // namespace

task* acquire_late_task(scheduler& home) {
  worker* here = worker_of(home);
  if (!here) return acquire_task(home);
  task* t = here->blocks.take();
  t->home = &home;
  return t;
}

void submit_late(task& t, const std::source_location& where) noexcept {
  t.file = where.file_name();
  t.line = where.line();
  t.stack = nullptr;
  t.state.store(task_state::fresh, std::memory_order_relaxed);
  scheduler& home = *t.home;
  if (worker* here = worker_of(home)) {
    t.id = here->new_id();
    here->queue_ready(t);
  } else {
    t.id = home.take_ids(1);
    home.inject(t);
  }
}

}  // namespace mn::detail
