// Which workers are on duty. As many as the runtime has cores shall look for work at any time, so a worker whose task
// keeps its thread (in blocking(), or found stuck by the monitor) is replaced by a spare one, and where one too many
// are on duty because it has come back, one retires: it gives its tasks to the shared queue and sleeps as a spare.
//
//   on        looks for work, runs tasks or sleeps in the list of idle workers
//   blocking  inside blocking(); its task keeps the thread until it comes back by itself
//   stuck     the monitor has replaced it; it comes back at its next choice
//   retired   a spare: sleeps on `recalled` and is in `spares_`
//
// Invariants, under `lock_`: on_duty_ is the number of workers that are `on`; away_ of those that are `blocking` or
// `stuck`; the bit attention_surplus is set while on_duty_ > wanted_. on_duty_ < wanted_ only where spares_at_most has
// been reached or the system refuses a thread (counted in refused_); then the monitor asks again while tasks wait.
//
// A worker's own `duty` is written under the lock, and read without it by its thread (relaxed: it wrote the value
// itself, or the monitor did, and then an older value means that it was not yet stuck) and by reports.
//
// A retired worker is `settled` from when it has done all that it has to do until somebody recalls it, who takes that
// back first: so a settled one is asleep and does nothing, whatever its thread is still busy with (deadlock.hpp).
//
// Rejected: the processor as an object of its own that a thread leaves and another takes (Go's P). Then every access of
// a task to its worker would have to allow for losing it. Here a worker and its thread stay together, and what moves
// are the tasks in its queue; the price is that for a moment one task more than there are cores may run.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mn/detail/spin_lock.hpp"

namespace mn::detail {

class scheduler;
class worker;

enum class duty : std::uint8_t { on, blocking, stuck, retired };

class duty_roster {
 public:
  duty_roster(scheduler& home, unsigned wanted);

  /// The caller's task will keep its thread: somebody else takes over. Returns false if it had left already.
  bool leave_for_blocking(worker& w) noexcept;
  /// The monitor: w has not chosen for long; replaced unless it has come back or there is no spare. True if it was.
  bool replace_stuck(worker& w) noexcept;
  /// The thread of w is free again.
  void come_back(worker& w) noexcept;

  /// True if w is one too many: it is a spare now, and must give its tasks away and sleep until it is recalled.
  [[nodiscard]] bool try_retire(worker& w) noexcept;
  /// The runtime is stopping: no spare sleeps on, and nobody retires any more.
  void recall_all() noexcept;

  [[nodiscard]] unsigned on_duty() const noexcept { return on_duty_.load(std::memory_order_seq_cst); }
  [[nodiscard]] unsigned away() const noexcept { return away_.load(std::memory_order_seq_cst); }
  /// The retired worker w is about to sleep.
  void settle(worker& w) noexcept;
  /// How many are settled, and how often one has been recalled.
  struct census {
    std::size_t settled = 0;
    std::uint64_t recalls = 0;
  };
  [[nodiscard]] census look() noexcept;

  /// Fewer are on duty than should be, and a thread could still be asked for: the system has refused one.
  [[nodiscard]] bool lacks_spare() noexcept;
  /// A spare goes on duty, an old or a new one. Does nothing where enough are.
  void send_spare() noexcept;

  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

 private:
  /// Under the lock: w is recalled.
  void unsettle(worker& w) noexcept;
  void set_on_duty(unsigned n) noexcept;

  scheduler& home_;
  const unsigned wanted_;
  spin_lock lock_;
  std::vector<worker*> spares_;
  std::size_t settled_ = 0;
  std::uint64_t recalls_ = 0;
  std::atomic<unsigned> on_duty_;
  std::atomic<unsigned> away_{0};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace mn::detail
