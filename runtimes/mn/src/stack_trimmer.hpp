// Gives memory of stacks back: the pages below the stack pointer of a task that has been parked for a while, and the
// stacks that nobody has needed for a while. The monitor calls step() now and then; each step looks at some megabytes
// of slots, so that a hundred thousand parked tasks cost it about a thousandth of a core.
//
// Which slots hold pages below their stack pointer is asked of the system (mincore), many slots in one call; whose
// slot it is stands at its top (slot_head), which is read only where that page is resident.
//
// Why no page is taken from a task that runs: two flags of the task, both sequentially consistent.
//   * the trimmer sets `trimming`, then looks whether the task's state is parked; only then does it act;
//   * a worker that resumes a task which has waited for long sets its state to running, then looks at `trimming` and
//     waits until it is false (worker::resume_after_long).
// One of the two sees the other. "For long" is half of what the trimmer asks for, so a worker that skips the look
// resumes a task that the trimmer does not touch. A task is `parked` only once its context is saved (finish_switch),
// and its block is never unmapped while the runtime lives.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mn::detail {

class scheduler;
struct task;

class stack_trimmer {
 public:
  explicit stack_trimmer(scheduler& home);

  /// Looks at the next few slots. One thread at a time.
  void step() noexcept;
  /// Nothing has happened since `idle_since_ms` (scheduler::coarse_ms): milliseconds until the next step is of use, or
  /// -1 when all has been given back that can be.
  [[nodiscard]] std::int64_t next_step_in_ms(std::uint32_t idle_since_ms) noexcept;

  /// How often it pays to call step().
  [[nodiscard]] std::int64_t period_ms() const noexcept { return period_ms_; }

 private:
  static constexpr std::size_t bytes_a_step = std::size_t{16} << 20;
  static constexpr std::size_t free_slots_a_step = 1024;
  static constexpr std::size_t most_pages = bytes_a_step / 4096;

  void look_at_slot(std::size_t number, std::byte* slot, const unsigned char* resident) noexcept;
  [[nodiscard]] bool waits_for_long(const task& t) const noexcept;
  void trim(task& t, std::byte* slot, const unsigned char* resident) noexcept;

  scheduler& home_;
  const bool on_;
  const std::size_t first_page_;  ///< above the guard, where that is among those looked at
  const std::int64_t period_ms_;
  std::size_t next_slot_ = 0;
  std::uint32_t pass_began_ms_ = 0;  ///< the pass that is under way
  std::uint32_t pass_ended_ms_ = 0;  ///< when the last whole pass had begun; 0: there was none
  bool free_ones_left_ = true;       ///< the last step has left free stacks that hold memory
  unsigned char resident_[most_pages];
};

}  // namespace mn::detail
