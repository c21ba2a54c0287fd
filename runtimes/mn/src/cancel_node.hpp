// A context that can be cancelled: a node of a tree that is told from the top down.
//
// Invariants
//   * `lock_` guards the lists of children and of calls, the channel's making, and the step from "not done" to "done".
//     At most one node's lock is held at a time, and under it nothing is woken, started or freed.
//   * `error_` leaves `none` once; `cause_` is written before that, and never again. Whoever sees the channel closed
//     sees the error.
//   * A child that is not done is in the list of the nearest node above it that can be cancelled, from its making until
//     it is done, or dropped, or that node takes it out in order to cancel it. A done node gets no children any
//     more: who comes too late is told the error at once.
//   * The list does not hold its children: it takes a reference of its own before it lets go of the lock, and passes
//     over a child whose last reference is gone; that one waits for the lock to leave the list (~cancel_node).
// Cancelling a tree is a loop over a list of such references, linked by the nodes' own list links, so it needs neither
// memory nor stack. All are told before any is let go of: to free one may run user code.
//
// Rejected: holding the parent's lock while the children are told, as Go does. It would be held for as long as that
// takes, and those who are woken meanwhile would find it taken.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <variant>

#include "mn/context.hpp"
#include "mn/detail/spin_lock.hpp"
#include "timers.hpp"

namespace mn::detail {

class cancel_node : public context_node {
 public:
  /// Not yet in its parent's list: see join_parent().
  cancel_node(context_node* parent, std::int64_t deadline_ns) noexcept
      : context_node(parent, this), above_(parent ? parent->nearest() : nullptr), deadline_ns_(deadline_ns) {}

  /// Enters the parent's list, or is done at once where the parent is.
  void join_parent() noexcept;

  // Acquire: pairs with the release in finish(), after which cause_ may be read.
  [[nodiscard]] context_error error() const noexcept { return error_.load(std::memory_order_acquire); }
  /// Once there is an error.
  [[nodiscard]] const std::exception_ptr& cause() const noexcept { return cause_; }
  /// timers::never: there is none.
  [[nodiscard]] std::int64_t deadline_ns() const noexcept { return deadline_ns_; }

  channel<std::monostate> done();

  /// Makes this node and all below it done, unless it is. The caller holds a reference.
  void cancel(context_error why, const std::exception_ptr& cause) noexcept;

  /// Nodes with a reference each, linked by themselves.
  class node_list {
   public:
    void push(cancel_node& n) noexcept;
    cancel_node* pop() noexcept;

   private:
    cancel_node* first_ = nullptr;
    cancel_node* last_ = nullptr;
  };
  /// The first half of cancel(), which runs no user code, and the second, which may: it destroys values.
  [[nodiscard]] node_list tell(context_error why, const std::exception_ptr& cause) noexcept;
  static void let_go(node_list told) noexcept;

  /// Links the call; false, and untouched, where the node is done.
  bool list(done_call& call) noexcept;
  /// True if the call was still listed, and no longer is.
  bool unlist(done_call& call) noexcept;

  /// Starts the call on its runtime, or drops it where that has ended. Takes over a reference to it.
  void start(done_call& call) noexcept;

  /// How many are in its list, for tests.
  [[nodiscard]] std::size_t children() noexcept;

 protected:
  ~cancel_node() override;

  /// Done: a deadline is of no use any more.
  virtual void disarm() noexcept {}

 private:
  static constexpr int taken_at_once = 64;

  bool finish(context_error why, const std::exception_ptr& cause) noexcept;
  void take_children(node_list& into) noexcept;
  void leave_parent() noexcept;
  [[nodiscard]] const spin_lock* linked_under() const noexcept;
  void link(cancel_node& child) noexcept;
  void unlink(cancel_node& child) noexcept;

  cancel_node* const above_;  ///< held by way of the parent
  const std::int64_t deadline_ns_;
  std::atomic<context_error> error_{context_error::none};
  std::atomic<bool> has_channel_{false};
  spin_lock lock_;
  cancel_node* first_child_ = nullptr;
  done_call* first_call_ = nullptr;
  std::optional<channel<std::monostate>> channel_;
  std::exception_ptr cause_;

  // Guarded by the lock of above_; once a canceller has taken the node out of the list, its own.
  bool listed_ = false;
  cancel_node* next_ = nullptr;
  cancel_node* prev_ = nullptr;
};

}  // namespace mn::detail
