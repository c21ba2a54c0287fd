// The deadline of a wait that has a claim: when the time is over, the alarm tries to win the claim, as everyone else
// does who could end the wait.
//
// Invariants
//   * Until clear() has returned the alarm may touch the claim; both lie on the owner's stack, so whoever has set an
//     alarm clears it before it goes on. (clear() waits for an alarm that is just going off: see timers.hpp.)
//   * The alarm writes the claim's `winner` only if it has won. The owner may read it after clear().
//   * It never takes the lock of the object that is waited for: a waiter whose time is over stays in that object's
//     list, where it cannot be won, until its owner unlinks it.
// A plain thread has no timer; it keeps the time itself, in park_select().
#pragma once

#include <cstdint>

#include "mn/detail/task.hpp"
#include "mn/detail/waiter.hpp"
#include "timers.hpp"

namespace mn::detail {

class claim_alarm : timer {
 public:
  claim_alarm() = default;
  ~claim_alarm() { clear(); }
  claim_alarm(const claim_alarm&) = delete;
  claim_alarm& operator=(const claim_alarm&) = delete;

  /// At most once. Does nothing where `owner` is null, a plain thread. Throws std::bad_alloc.
  void set(task* owner, select_claim& claim, std::int64_t deadline);
  void clear() noexcept;

 private:
  static void go_off(timer& t);

  timers* clock_ = nullptr;  ///< null: not set
  select_claim* claim_ = nullptr;
  task* owner_ = nullptr;
};

}  // namespace mn::detail
