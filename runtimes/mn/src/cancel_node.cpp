#include "cancel_node.hpp"

#include <mutex>
#include <utility>

#include "late_start.hpp"
#include "sanitizer.hpp"

namespace mn::detail {

void cancel_node::node_list::push(cancel_node& n) noexcept {
  const unseen hidden;
  n.next_ = nullptr;
  (last_ ? last_->next_ : first_) = &n;
  last_ = &n;
}

const spin_lock* cancel_node::linked_under() const noexcept {
  const unseen hidden;
  return &above_->lock_;
}

cancel_node* cancel_node::node_list::pop() noexcept {
  const unseen hidden;
  cancel_node* n = first_;
  if (n) {
    first_ = n->next_;
    if (!first_) last_ = nullptr;
  }
  return n;
}

void cancel_node::link(cancel_node& child) noexcept {
  child.prev_ = nullptr;
  child.next_ = first_child_;
  if (first_child_) first_child_->prev_ = &child;
  first_child_ = &child;
  child.listed_ = true;
}

void cancel_node::unlink(cancel_node& child) noexcept {
  (child.prev_ ? child.prev_->next_ : first_child_) = child.next_;
  if (child.next_) child.next_->prev_ = child.prev_;
  child.listed_ = false;
}

void cancel_node::join_parent() noexcept {
  if (!above_) return;
  {
    std::lock_guard hold(above_->lock_);
    if (above_->error() == context_error::none) {
      above_->link(*this);
      return;
    }
  }
  cancel(above_->error(), above_->cause());
}

void cancel_node::leave_parent() noexcept {
  if (!above_) return;
  std::lock_guard hold(above_->lock_);
  if (listed_) above_->unlink(*this);
}

cancel_node::~cancel_node() {
  leave_parent();
  while (done_call* c = first_call_) {  // nobody can reach the list any more
    first_call_ = c->next;
    c->listed = false;
    c->drop_reference();
  }
}

channel<std::monostate> cancel_node::done() {
  // Acquire: pairs with the release below.
  if (!has_channel_.load(std::memory_order_acquire)) {
    channel<std::monostate> made;
    std::lock_guard hold(lock_);
    if (!channel_) {
      if (error() != context_error::none) made.close();  // nobody else knows it yet
      channel_ = std::move(made);
      has_channel_.store(true, std::memory_order_release);
    }
  }
  return *channel_;  // NOLINT(bugprone-unchecked-optional-access): made above, or by whoever set the flag
}

// False where the node was done already.
bool cancel_node::finish(context_error why, const std::exception_ptr& cause) noexcept {
  done_call* calls = nullptr;
  bool close = false;
  {
    std::lock_guard hold(lock_);
    if (error() != context_error::none) return false;
    cause_ = cause;
    error_.store(why, std::memory_order_release);
    close = channel_.has_value();
    calls = std::exchange(first_call_, nullptr);
    for (done_call* c = calls; c; c = c->next) c->listed = false;
  }
  disarm();
  if (close) {
    try {
      channel_->core().close();  // perhaps for a timer, where nobody may give way
      // NOLINTNEXTLINE(bugprone-empty-catch)
    } catch (const close_of_closed_channel&) {
      // Somebody has closed it who should not have; it is closed.
    }
  }
  while (done_call* c = calls) {
    calls = c->next;
    start(*c);
  }
  return true;
}

void cancel_node::take_children(node_list& into) noexcept {
  for (bool more = true; more;) {
    std::lock_guard hold(lock_);
    for (int i = 0; i < taken_at_once && first_child_; ++i) {
      cancel_node& child = *first_child_;
      unlink(child);
      if (child.add_reference_if_alive()) into.push(child);
    }
    more = first_child_ != nullptr;
  }
}

void cancel_node::cancel(context_error why, const std::exception_ptr& cause) noexcept {
  let_go(tell(why, cause));
}

void cancel_node::let_go(node_list told) noexcept {
  while (cancel_node* n = told.pop()) {
    take_over(n->linked_under());  // told for a timer, it was unseen: its maker comes before whoever drops it
    drop_reference(n);
  }
}

cancel_node::node_list cancel_node::tell(context_error why, const std::exception_ptr& cause) noexcept {
  node_list to_tell, told;
  if (!finish(why, cause)) return told;
  leave_parent();
  take_children(to_tell);
  while (cancel_node* n = to_tell.pop()) {
    (void)n->finish(why, cause);  // where another call has told it, that one may still be busy below it: help
    n->take_children(to_tell);
    told.push(*n);
  }
  return told;
}

bool cancel_node::list(done_call& call) noexcept {
  std::lock_guard hold(lock_);
  if (error() != context_error::none) return false;
  call.prev = nullptr;
  call.next = first_call_;
  if (first_call_) first_call_->prev = &call;
  first_call_ = &call;
  call.listed = true;
  return true;
}

bool cancel_node::unlist(done_call& call) noexcept {
  std::lock_guard hold(lock_);
  if (!call.listed) return false;
  (call.prev ? call.prev->next : first_call_) = call.next;
  if (call.next) call.next->prev = call.prev;
  call.listed = false;
  return true;
}

std::size_t cancel_node::children() noexcept {
  std::lock_guard hold(lock_);
  std::size_t n = 0;
  for (const cancel_node* c = first_child_; c; c = c->next_) ++n;
  return n;
}

void cancel_node::start(done_call& call) noexcept {
  scheduler* home = call.clock->begin_start();
  if (!home) {
    call.drop_reference();
    return;
  }
  add_reference();
  start_late(
      *home,
      [this, c = &call, ctx = mn::context(this)] {
        take_over(&lock_);  // told for a timer, it was unseen: list() comes before this
        c->run(ctx);
        c->drop_reference();
      },
      call.where);
}

}  // namespace mn::detail
