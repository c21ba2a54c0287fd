// Waking a whole list: those who waited longest run first.
#pragma once

#include "mn/detail/waiter.hpp"

namespace mn::detail {

/// Wakes everyone in the list, which is the caller's own; no lock is held. A single one runs next, here. Several go to
/// the back of the queue: as hand-offs each would displace the one before it, and the last would run first.
inline void wake_in_order(waiter_list& woken) noexcept {
  waiter* w = woken.pop_front();
  if (!w) return;
  if (woken.empty()) return wake(*w);
  for (; w; w = woken.pop_front()) wake_select(*w);
}

}  // namespace mn::detail
