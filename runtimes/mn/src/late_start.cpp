#include "late_start.hpp"

#include "sanitizer.hpp"
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
  const unseen hidden;
  worker* here = worker_of(home);
  task* t = here ? here->blocks.take() : home.blocks.take_one();  // also where tasks from outside are refused by now
  t->home = &home;
  return t;
}

void submit_late(task& t, const std::source_location& where) noexcept {
  hand_over(order_of(t));
  const unseen hidden;
  scheduler& home = *t.home;
  if (worker* here = worker_of(home)) {
    announce(t, where, here->new_id());
    here->queue_ready(t);
  } else {
    announce(t, where, home.take_ids(1));
    home.inject(t);
  }
}

}  // namespace mn::detail
