#include "mn/context.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "cancel_node.hpp"
#include "deadline_node.hpp"
#include "mn/select.hpp"
#include "os/os.hpp"
#include "own_clock.hpp"

namespace mn {
namespace {

detail::cancel_node* nearest(const context& ctx) noexcept {
  return ctx.node() ? ctx.node()->nearest() : nullptr;
}

std::int64_t deadline_ns(const context& ctx) noexcept {
  const auto* n = nearest(ctx);
  return n ? n->deadline_ns() : detail::timers::never;
}

cancellable handles(context made) {
  cancel_function cancel(made);
  return {std::move(made), std::move(cancel)};
}

cancellable with_deadline_ns(const context& parent, std::int64_t at_ns) {
  if (at_ns >= deadline_ns(parent)) return with_cancel(parent);
  if (at_ns <= os::now_ns()) {
    auto* n = new detail::cancel_node(parent.node(), at_ns);
    context made(n);
    n->join_parent();  // the parent's error goes first
    n->cancel(context_error::deadline_exceeded, nullptr);
    return handles(std::move(made));
  }
  auto* n = new detail::deadline_node(parent.node(), at_ns, detail::own_clock());
  context made(n);
  n->join_parent();
  n->arm();
  return handles(std::move(made));
}

}  // namespace

mn::channel<std::monostate> context::done() const {
  auto* n = nearest(*this);
  return n ? n->done() : mn::channel<std::monostate>();
}

context_error context::error() const noexcept {
  const auto* n = nearest(*this);
  return n ? n->error() : context_error::none;
}

void context::throw_if_done() const {
  switch (error()) {
    case context_error::none: return;
    case context_error::cancelled: throw context_cancelled();
    case context_error::deadline_exceeded: throw context_deadline_exceeded();
  }
}

std::exception_ptr context::cause() const {
  switch (error()) {
    case context_error::none: return nullptr;
    case context_error::cancelled:
      if (const auto& told = nearest(*this)->cause()) return told;
      return std::make_exception_ptr(context_cancelled());
    case context_error::deadline_exceeded: break;
  }
  return std::make_exception_ptr(context_deadline_exceeded());
}

std::optional<time_point> context::deadline() const noexcept {
  const std::int64_t at = deadline_ns(*this);
  if (at == detail::timers::never) return std::nullopt;
  return time_point(std::chrono::nanoseconds(at));
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as std::rethrow_exception takes it
void cancel_function::operator()(std::exception_ptr cause) const noexcept {
  if (auto* n = nearest(context_)) n->cancel(context_error::cancelled, cause);
}

bool done_registration::stop() noexcept {
  auto* n = nearest(context_);
  if (!call_ || !n || !n->unlist(*call_)) return false;
  call_->drop_reference();  // the list's
  std::exchange(call_, nullptr)->drop_reference();
  return true;
}

cancellable with_cancel(const context& parent) {
  auto* n = new detail::cancel_node(parent.node(), deadline_ns(parent));
  context made(n);
  n->join_parent();
  return handles(std::move(made));
}

cancellable with_deadline(const context& parent, time_point at) {
  return with_deadline_ns(parent, std::chrono::nanoseconds(at.time_since_epoch()).count());
}

cancellable with_timeout(const context& parent, std::chrono::nanoseconds d) {
  return with_deadline_ns(parent, detail::timers::later(os::now_ns(), d.count()));
}

bool sleep_for(const context& ctx, std::chrono::nanoseconds d) {
  const auto* n = nearest(ctx);
  if (!n) {
    sleep_for(d);
    return true;
  }
  if (n->error() != context_error::none) return false;
  if (d <= d.zero()) return true;
  return select(on_recv(ctx.done(), [](auto) {}), after(d, [] {})) == 1;
}

namespace detail {

void list_done_call(const mn::context& ctx, done_call& call) {
  try {
    call.clock = runtime_clock();
  } catch (...) {
    call.drop_reference();
    throw;
  }
  auto* n = nearest(ctx);
  if (!n) {
    call.drop_reference();  // it will never be done
  } else if (!n->list(call)) {
    n->start(call);
  }
}

}  // namespace detail
}  // namespace mn
