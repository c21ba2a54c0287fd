#include "mn/blocking.hpp"

#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {

blocking_section::blocking_section() noexcept : entered_(false) {
  const unseen hidden;
  worker* w = current_worker();
  if (!w || !w->current) return;
  task& t = *w->current;
  entered_ = w->home.roster.leave_for_blocking(*w);
  if (!entered_) return;
  biased_lock::leave();
  t.since_ms.store(w->home.coarse_ms.load(std::memory_order_relaxed), std::memory_order_relaxed);
  t.waits_on.store(nullptr, std::memory_order_relaxed);
  t.waits_for.store(wait_reason::blocking, std::memory_order_relaxed);
  if (w->home.traced()) w->home.tracing.note(trace_kind::blocks);
}

blocking_section::~blocking_section() {
  if (!entered_) return;
  const unseen hidden;
  worker* w = current_worker();
  w->current->waits_for.store(wait_reason::nothing, std::memory_order_relaxed);
  if (w->home.traced()) w->home.tracing.note(trace_kind::unblocks);
  // Where `f` has parked on an object of mn, the thread came back when the task left it.
  if (w->duty_now.load(std::memory_order_relaxed) == duty::blocking) w->home.roster.come_back(*w);
}

}  // namespace mn::detail
