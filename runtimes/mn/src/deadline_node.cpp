#include "deadline_node.hpp"

#include <mutex>
#include <utility>

#include "late_start.hpp"
#include "worker.hpp"

namespace mn::detail {

deadline_node::deadline_node(context_node* parent, std::int64_t at_ns, std::shared_ptr<timers> clock) noexcept
    : cancel_node(parent, at_ns), alarm(false), clock_(std::move(clock)) {}

deadline_node::~deadline_node() {
  deadline_node::disarm();
}

void deadline_node::arm() {
  if (error() != context_error::none) return;
  {
    std::lock_guard hold(clock_->lock);
    alarm::deadline_ns = cancel_node::deadline_ns();
    clock_->add_locked(*this);
    clock_->rouse_locked(*this);
  }
  if (error() != context_error::none) disarm();
}

void deadline_node::disarm() noexcept {
  clock_->remove(*this);
}

rung deadline_node::ring(std::int64_t) noexcept {
  const worker* here = current_worker();
  if (here && here->is_switching()) return rung::not_now;
  return add_reference_if_alive() ? rung::goes_off : rung::done;
}

void deadline_node::go_off(scheduler* home) noexcept {
  node_list told = tell(context_error::deadline_exceeded, nullptr);
  const auto let_all_go = [this, told] {
    let_go(told);
    drop_reference(this);
  };
  if (home) {
    start_late(*home, let_all_go, std::source_location::current());
  } else {
    let_all_go();
  }
}

}  // namespace mn::detail
