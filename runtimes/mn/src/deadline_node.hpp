// A context with a deadline of its own, earlier than any above it: a node that is its own alarm.
//
// Invariants
//   * The heap holds no reference: a context that is dropped leaves the heap (~deadline_node), it does not stay until
//     its deadline. When it rings, under the clock's lock, it takes a reference if there still is one to be had.
//   * It is set only while it is not done: who sets it looks at the error afterwards, who makes it done stops it
//     afterwards; one of the two comes second.
//   * Who fires it tells the tree at once, so a context is done in time even where its only worker is busy (the monitor
//     tells it then). A worker that is between two tasks may still hold the lock of a channel that would be closed;
//     it leaves the alarm to others, or to its next look. Letting go of the tree may run user code, and so is a task.
#pragma once

#include <memory>

#include "cancel_node.hpp"
#include "timers.hpp"

namespace mn::detail {

class deadline_node final : public cancel_node, private alarm {
 public:
  deadline_node(context_node* parent, std::int64_t at_ns, std::shared_ptr<timers> clock) noexcept;

  /// Sets the alarm. Throws std::bad_alloc.
  void arm();

 private:
  ~deadline_node() override;

  void disarm() noexcept override;
  rung ring(std::int64_t now) noexcept override;
  void go_off(scheduler* home) noexcept override;

  const std::shared_ptr<timers> clock_;
};

}  // namespace mn::detail
