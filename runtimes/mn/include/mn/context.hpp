// context: says to a call, and to all that it starts, when to give up, and carries values along.
//
//   auto [ctx, cancel] = mn::with_timeout(parent, 2s);
//   mn::go([=] {
//     mn::select(mn::on_recv(replies, [](auto r) { ... }),
//                mn::on_recv(ctx.done(), [](auto) { /* ctx.error() says why */ }));
//   });
//   ...
//   cancel();   // as soon as the answer is of no use any more
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

#include "mn/channel.hpp"
#include "mn/detail/context_node.hpp"
#include "mn/detail/done_call.hpp"
#include "mn/task.hpp"

namespace mn {

/// Why a context is done, if it is.
enum class context_error {
  none,
  cancelled,
  deadline_exceeded,
};

/// What throw_if_done throws. Nobody's mistake, and so not an mn::error: catch this to tell "given up" from "failed".
class context_done : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class context_cancelled : public context_done {
 public:
  context_cancelled() : context_done("mn: context cancelled") {}
};

class context_deadline_exceeded : public context_done {
 public:
  context_deadline_exceeded() : context_done("mn: context deadline exceeded") {}
};

/// Names a value of type T that contexts carry. Its address is its identity, so make it once, where both sides see it:
/// `inline const mn::context_key<std::string> user_name;`
template <class T>
class context_key {
 public:
  constexpr context_key() noexcept = default;
  context_key(const context_key&) = delete;
  context_key& operator=(const context_key&) = delete;
  ~context_key() = default;

 private:
  [[maybe_unused]] char address_ = 0;
};

class cancel_function;
class done_registration;

/// A shared handle, as in Go: copies refer to the same context, which lives until the last is gone. Hand it down by
/// value or by reference, as the first parameter. All members may be called at the same time from any number of tasks
/// and plain threads.
///
/// A context is done when it is cancelled, when its deadline has come, or when its parent is done; then for good.
class context {
 public:
  /// The same as background().
  context() noexcept = default;
  context(const context& other) noexcept : node_(other.node_) {
    if (node_) node_->add_reference();
  }
  context(context&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  context& operator=(context other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~context() { detail::context_node::drop_reference(node_); }

  /// The root of all contexts: never done, without deadline and values. Costs nothing.
  [[nodiscard]] static context background() noexcept { return {}; }

  /// Closed when the context is done; error() then says why. Made when it is first asked for. Not to be sent to, nor
  /// closed, by others. Of a context that can never be done: a new channel each time. Throws std::bad_alloc.
  [[nodiscard]] mn::channel<std::monostate> done() const;

  /// Why it is done; `none` while it is not. Cost: one load.
  [[nodiscard]] context_error error() const noexcept;

  /// Throws context_cancelled or context_deadline_exceeded if the context is done.
  void throw_if_done() const;

  /// What cancel() was told, here or further up; where it was told nothing, the exception that throw_if_done throws;
  /// null while the context is not done.
  [[nodiscard]] std::exception_ptr cause() const;

  /// The earliest deadline of this context and those above it, if there is one.
  [[nodiscard]] std::optional<time_point> deadline() const noexcept;

  /// The value that the nearest with_value() gave to the key; null if none did. It lives as long as this context. Cost:
  /// a step for each context up to there.
  template <class T>
  [[nodiscard]] const T* value(const context_key<T>& key) const noexcept {
    return static_cast<const T*>(detail::context_node::find(node_, &key));
  }

  /// Starts `f()`, or `f(const context&)`, as a task of the current runtime when the context is done (at once where it
  /// is), unless the returned registration is stopped before; the registration may be dropped. If the context is
  /// dropped, or the runtime ends, before it is done, f is destroyed without a call. So `f` should not hold the
  /// context, or the two keep each other: take it as the argument. From tasks only: throws not_in_a_task;
  /// std::bad_alloc. An exception that leaves `f` ends the program.
  template <class F>
    requires(std::is_invocable_v<std::decay_t<F>&> || std::is_invocable_v<std::decay_t<F>&, const context&>)
  done_registration on_done(F&& f, const std::source_location& where = std::source_location::current()) const;

  /// Two handles are equal if they refer to the same context.
  friend bool operator==(const context& a, const context& b) noexcept { return a.node_ == b.node_; }

  /// For the library: takes over a reference.
  explicit context(detail::context_node* node) noexcept : node_(node) {}
  [[nodiscard]] detail::context_node* node() const noexcept { return node_; }

 private:
  detail::context_node* node_ = nullptr;
};

/// Cancels its context, and all that were made from it. Can be copied, and called from anywhere, any number of times;
/// what comes after the context is done has no effect. It keeps the context alive. Where nobody calls it, the context
/// is done with its parent; or it ends with its last handle, undone.
class cancel_function {
 public:
  explicit cancel_function(context ctx) noexcept : context_(std::move(ctx)) {}

  /// When it returns, everything below is done (or is just being told so by another call). Cost: a few tiny locks for
  /// each context below, and a wake-up for each task that waits for one. No recursion, no allocation.
  void operator()() const noexcept { (*this)(nullptr); }
  /// The same with a reason, for context::cause().
  void operator()(std::exception_ptr cause) const noexcept;

 private:
  context context_;
};

/// What on_done() returns.
class done_registration {
 public:
  done_registration(detail::done_call* call, context ctx) noexcept : call_(call), context_(std::move(ctx)) {}
  done_registration(done_registration&& other) noexcept
      : call_(std::exchange(other.call_, nullptr)), context_(std::move(other.context_)) {}
  done_registration& operator=(done_registration&& other) noexcept {
    std::swap(call_, other.call_);
    std::swap(context_, other.context_);
    return *this;
  }
  /// Drops the registration; the function will be called all the same.
  ~done_registration() {
    if (call_) call_->drop_reference();
  }

  /// True if that kept the function from being called; it has then been destroyed. False if it has been started, or
  /// was stopped before; does not wait for its end.
  bool stop() noexcept;

 private:
  detail::done_call* call_;
  context context_;
};

/// A context and what cancels it: `auto [ctx, cancel] = mn::with_cancel(parent);`
struct cancellable {
  context ctx;
  cancel_function cancel;
};

/// A child of `parent` that can be cancelled by itself. Done at once where the parent is. Throws std::bad_alloc.
[[nodiscard]] cancellable with_cancel(const context& parent);

/// The same with a deadline, after which it is done with deadline_exceeded. A deadline later than the parent's sets no
/// timer. Cancel it when it is not needed any more: that stops the timer, and lets go of the parent. Made from a plain
/// thread it may throw out_of_resources, where the system gives no thread to keep the time (see mn::timer).
[[nodiscard]] cancellable with_deadline(const context& parent, time_point at);
[[nodiscard]] cancellable with_timeout(const context& parent, std::chrono::nanoseconds d);

/// A child of `parent` that carries a value as well. Is done when the parent is. Throws std::bad_alloc, and what moving
/// a T throws.
template <class T>
[[nodiscard]] context with_value(const context& parent, const context_key<T>& key, std::type_identity_t<T> value) {
  return context(new detail::value_node<T>(parent.node(), &key, std::move(value)));
}
template <class T>
context with_value(const context&, const context_key<T>&&, std::type_identity_t<T>) = delete;

/// Sleeps for `d`, or until the context is done. True if it slept in full. Throws std::bad_alloc.
bool sleep_for(const context& ctx, std::chrono::nanoseconds d);

namespace detail {

/// Links the call, or starts it; takes over one of its references. Throws not_in_a_task.
void list_done_call(const mn::context& ctx, done_call& call);

}  // namespace detail

template <class F>
  requires(std::is_invocable_v<std::decay_t<F>&> || std::is_invocable_v<std::decay_t<F>&, const context&>)
done_registration context::on_done(F&& f, const std::source_location& where) const {
  auto* call = new detail::done_call_of<std::decay_t<F>>(std::forward<F>(f), where);
  done_registration registration(call, *this);
  detail::list_done_call(*this, *call);
  return registration;
}

}  // namespace mn
