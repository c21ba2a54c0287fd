#include "halt.hpp"

#include "os/os.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {

halt::halt(scheduler& runtime, std::int64_t patience_ns) noexcept : runtime_(runtime) {
  runtime_.attention.fetch_or(scheduler::attention_halted, std::memory_order_seq_cst);
  stands_ = os::barrier_in_all_threads() && wait_for_workers(os::now_ns() + patience_ns);
}

halt::~halt() {
  // Release: what has been read here was read before anybody goes on; pairs with the acquire in pass_gate().
  runtime_.attention.fetch_and(~scheduler::attention_halted, std::memory_order_release);
  os::futex_wake_all(runtime_.attention);
}

bool halt::wait_for_workers(std::int64_t until_ns) const noexcept {
  const std::atomic<std::uint32_t> never_changes{0};
  for (const auto& w : runtime_.workers) {
    while (w->where(w->at_halt) == worker::whereabouts::choosing) {
      if (os::now_ns() > until_ns) return false;
      os::futex_wait(never_changes, 0, looks_every_ns);
    }
  }
  return true;
}

bool halt::may_read(const task& t) const noexcept {
  if (!stands_) return false;
  for (const auto& w : runtime_.workers) {
    if (w->at_halt == &t) return false;
  }
  return true;
}

// The workers' side

worker::whereabouts worker::where(const task*& running) const noexcept {
  running = nullptr;
  if (aside_.load(std::memory_order_acquire)) return whereabouts::aside;
  if (home.idle.lists(*this)) return whereabouts::asleep;
  const task* t = current;
  // Acquire: pairs with the releases in switch_to() and task_main().
  if (!t || t->state.load(std::memory_order_acquire) != task_state::running || current != t) {
    return whereabouts::choosing;
  }
  running = t;
  return whereabouts::in_task;
}

// Before a task is taken up on the native stack. False: never again.
bool worker::pass_gate() noexcept {
  for (;;) {
    aside_.store(false, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // this order: see halt.hpp
    const auto bits = home.attention.load(std::memory_order_acquire);
    if ((bits & scheduler::attention_gate) == 0) return true;
    aside_.store(true, std::memory_order_release);
    if (bits & scheduler::attention_abandoned) return false;
    os::futex_wait(home.attention, bits, -1);
  }
}

}  // namespace mn::detail
