// The one tiny lock of mn: held for a few dozen instructions, never while user code runs, and never taken twice by
// one thread. It may be released by another task than took it (a park is finished by its successor), on the same
// OS thread, which a std::mutex would not allow under every tool.
//
// Invariant: `held_` is true from a successful exchange until the holder's store.
// Pairing: the acquire in lock() with the release in unlock().
#pragma once

#include <atomic>

namespace mn::detail {

void spin_lock_contended(std::atomic<bool>& held) noexcept;

class spin_lock {
 public:
  void lock() noexcept {
    if (held_.exchange(true, std::memory_order_acquire)) spin_lock_contended(held_);
  }
  [[nodiscard]] bool try_lock() noexcept { return !held_.exchange(true, std::memory_order_acquire); }
  void unlock() noexcept { held_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> held_{false};
};

}  // namespace mn::detail
