#include "mn/net/when_readable.hpp"

#include "net/attempts.hpp"
#include "sanitizer.hpp"

namespace mn::detail {

start_place::start_place(descriptor& d) : descriptor_(&d) {
  worker* w = current_worker();
  if (!w || !w->current) throw not_in_a_task("mn: go_when_readable() outside a task");
  if (const int error = d.watch(*w->home.net); error != 0) throw_refused(d, "wait for", admission::no_poller, error);
  if (!d.reserve_start()) throw net::already_waiting();
}

start_place::~start_place() {
  if (descriptor_) descriptor_->cancel_start();
}

void start_place::fill(task& t, const std::source_location& where) noexcept {
  hand_over(order_of(t));
  const unseen hidden;
  worker& w = *current_worker();
  announce(t, where, w.new_id());
  t.waits_for.store(wait_reason::socket_read, std::memory_order_relaxed);
  if (t.home->traced()) [[unlikely]]
    t.home->tracing.spawned(t);
  w.count(w.started);
  std::exchange(descriptor_, nullptr)->start_when_readable(t);
}

}  // namespace mn::detail
