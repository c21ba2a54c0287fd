// Workers that sleep because there is nothing for them to do.
//
// The lost wake-up that must not happen: work appears where no awake worker will look, and everyone sleeps.
//   * A worker's own queue: its owner is awake, and looks there before it sleeps.
//   * The shared queue, an overdue mark, a stop: whoever makes one first makes it visible and then calls wake_one(); a
//     worker first announces itself here and then looks at all three once more. Both sides are sequentially
//     consistent, so at least one of them sees the other.
//   * A deadline: before it sleeps, a worker takes the earliest deadline as its time limit if nobody sleeps towards one
//     as early (`timekeeper_ns_`). A later, earlier deadline comes from a task that runs; its worker is awake.
// A worker is in `sleepers_` from announce() until wake_one(), wake_all() or withdraw() takes it out, always under the
// lock. Whoever takes it out sets its `awake` word.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mn/detail/spin_lock.hpp"

namespace mn::detail {

class worker;

class idle_workers {
 public:
  void reserve(std::size_t workers) { sleepers_.reserve(workers); }
  [[nodiscard]] std::size_t count() const noexcept { return count_.load(std::memory_order_seq_cst); }

  void announce(worker& w) noexcept;
  /// Takes w out again; false if somebody has just woken it.
  bool withdraw(worker& w) noexcept;
  /// Wakes one sleeper if there is one.
  void wake_one() noexcept;
  void wake_all() noexcept;

  /// Is it in the list? Then it runs no task, and has not chosen its next one.
  [[nodiscard]] bool lists(const worker& w) noexcept;
  /// At one moment: how many sleep, and how often one has left the list since the beginning. Between two looks that
  /// give the same, nobody left.
  struct census {
    std::size_t asleep = 0;
    std::uint64_t departures = 0;
  };
  [[nodiscard]] census look() noexcept;
  /// How often a sleeper was woken.
  [[nodiscard]] std::uint64_t wake_ups() const noexcept { return wake_ups_.load(std::memory_order_relaxed); }

 private:
  spin_lock lock_;
  std::vector<worker*> sleepers_;  ///< the last to fall asleep is woken first: its caches are the warmest
  std::atomic<std::size_t> count_{0};
  std::uint64_t departures_ = 0;
  std::atomic<std::uint64_t> wake_ups_{0};  ///< written under the lock
};

}  // namespace mn::detail
