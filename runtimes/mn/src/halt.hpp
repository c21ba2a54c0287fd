// Keeps every task of a runtime that does not run from running, for as long as somebody reads their stacks.
//
// What is promised while a halt stands: no task that was parked, ready or fresh is taken up, and the context of each
// that has a stack is saved (context::sp) and stays: may_read() is true for them. Tasks that run go on until they park,
// give way or end; their worker then leaves them for its native stack and waits at its gate (worker::pass_gate),
// holding no lock. Values may still be handed to parked tasks; that changes data on their stacks, never a frame.
//
// How: the bit attention_halted is set. A worker takes up a task in two places only:
//   * on a task's stack, after pick(), which returns null while the bit is set (attend), so that the native stack is
//     next;
//   * on the native stack, after pass_gate(), which does not return while the bit is set.
// A worker may have tested the bit just before it was set and still be on its way to switch. So after setting it,
// the halting thread waits until each worker is seen where it cannot be on such a way:
//   in_task  `current` is T, T's state is `running`, and nothing is pending. A worker that leaves T writes that
//            *before* it tests the bit: what is to be done when T's context is saved (pending_unlock_, pending_act_),
//            or T's state, `ended`. It takes back what is pending *after* the switch. So whoever sees nothing pending
//            (acquire, pairs with the release in published::take) sees the worker's way ended and its predecessor's
//            context saved.
//   asleep   it is in the list of sleepers, or a settled spare: on the native stack, before its gate. Whoever wakes it
//            takes that back first, after this look, and it tests the bit after that.
//   aside    it stands at the gate, or has not begun, or has ended. It writes `aside_` = false before it tests the bit.
// What remains is that the worker's two steps, write, then test the bit, are not to be exchanged, as CPUs do with a
// store and a later load. A full barrier in each choice would cost more than the choice. So the compiler is told to
// keep the order, and the halting thread, after setting the bit, has the system run a barrier on all threads of the
// process (membarrier). Take a worker at the moment of its barrier: if it tested the bit before, then what it wrote
// before the test is visible to the halting thread, which does not take it for safe; if it tests later, it sees the
// bit. `current` is read again after the rest, and must be the same: if T had moved to another worker V meanwhile and
// `running` were V's word, then this worker would have left T before, and the second read would see that.
//
// A task that was seen running may park or give way while the halt stands, and then its context is perhaps not saved
// yet. Those tasks are known, one for each worker (`worker::at_halt`), and count as running throughout.
//
// The halting thread waits with patience, but not for ever, for this: a worker that has no CPU may take long. Without
// membarrier, or when the time is over, the halt does not stand, and nobody's stack may be read.
//
// Rejected: a flag stored before and after each switch (twice the stores for the same knowledge); stopping the workers
// by a signal (it would stop them inside a choice, with locks held). One halt at a time: the registry's lock is held.
// The halting thread may be a task; it neither parks nor gives way.
#pragma once

#include <cstdint>

namespace mn::detail {

class scheduler;
struct task;

class halt {
 public:
  static constexpr std::int64_t usual_patience_ns = 1'000'000'000;

  explicit halt(scheduler& runtime, std::int64_t patience_ns = usual_patience_ns) noexcept;
  ~halt();
  halt(const halt&) = delete;
  halt& operator=(const halt&) = delete;

  /// What is promised above holds.
  [[nodiscard]] bool stands() const noexcept { return stands_; }
  /// The task's saved context, if it has a stack, and all that lies above it are there to be read.
  [[nodiscard]] bool may_read(const task& t) const noexcept;

 private:
  static constexpr std::int64_t looks_every_ns = 50'000;

  [[nodiscard]] bool wait_for_workers(std::int64_t until_ns) const noexcept;

  scheduler& runtime_;
  bool stands_;
};

}  // namespace mn::detail
