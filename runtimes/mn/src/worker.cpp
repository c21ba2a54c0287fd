#include "worker.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "alternate_stack.hpp"
#include "os/os.hpp"
#include "sanitizer.hpp"
#include "scheduler.hpp"

namespace mn::detail {

// `used`: with -flto the instructions of current_worker() are the only ones that name it.
[[gnu::used]] thread_local constinit worker* mn_this_worker = nullptr;

#if !defined(__x86_64__) && !defined(__aarch64__)
worker* current_worker() noexcept {
  asm volatile("");  // not pure: the answer may change across a switch
  return mn_this_worker;
}
#endif

worker::worker(scheduler& owner, unsigned index)
    : home(owner), blocks(owner.blocks), index_(index), stacks_(owner.stacks), victim_(index) {}

void worker::start() {
  thread_ = std::thread([this] {
    work();
    ended_.store(true, std::memory_order_release);
    home.note_stopped();
  });
}

void worker::work() {
  char name[16];
  std::snprintf(name, sizeof name, "mn worker %u", index_);
  os::name_thread(name);
  thread_id.store(os::thread_id(), std::memory_order_relaxed);
  const alternate_stack for_signals;
  mn_this_worker = this;
  exceptions_ = abi::__cxa_get_globals();
  sanitizer_adopt_thread(native_);
  if (home.settings.on_worker_start) home.settings.on_worker_start();
  loop();
  aside_.store(true, std::memory_order_release);
  mn_this_worker = nullptr;
}

void worker::join() {
  if (thread_.joinable()) thread_.join();
}

void worker::join_or_leave() {
  if (has_ended()) {
    join();
  } else if (thread_.joinable()) {
    thread_.detach();
  }
}

// Choosing

void worker::pass_choice() noexcept {
  choices_.store(choices() + 1, std::memory_order_relaxed);  // read by the monitor, only to see that it moves
  if (--until_look_ == 0) look();
}

task* worker::pick() noexcept {
  pass_choice();
  spawned_ = 0;
  // Relaxed: whoever sets a bit allows for choices that are made meanwhile. Not before what the caller has written: the
  // compiler is told here, the CPU by whoever needs it (halt.hpp).
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (home.attention.load(std::memory_order_relaxed) != 0) [[unlikely]]
    return attend();
  return choose();
}

// The slow way of choosing: what scheduler::attention asks for.
task* worker::attend() noexcept {
  // Nothing is chosen on a task's stack: the native one is next, where loop() stands at the gate. By then the task's
  // context is saved and the locks are released that it parks with.
  if (current && (home.attention.load(std::memory_order_relaxed) & scheduler::attention_gate)) return nullptr;
  return choose();
}

task* worker::choose() noexcept {
  if (choices() % choices_between_shared == 0 && home.has_injected()) {
    if (task* t = home.take_injected()) return t;
  }
  if (hand_offs_ < hand_offs_in_a_row) {
    if (task* t = take_hand_off()) {
      ++hand_offs_;
      return t;
    }
  }
  hand_offs_ = 0;
  const auto order = std::exchange(fresh_starves_, false) ? task_queue::oldest_fresh_first
                     : fresh_runs_ > 0                    ? task_queue::newest_fresh_first
                                                          : task_queue::ready_first;
  if (fresh_runs_ > 0) --fresh_runs_;
  task* t = queue.pop(order);
  if (!t || t->stack) fresh_runs_ = 0;  // no fresh one is left
  return t ? t : take_hand_off();
}

task* worker::take_hand_off() noexcept {
  // Acquire: pairs with the release in hand_off(), for the monitor, which is another thread.
  if (!hand_off_.load(std::memory_order_relaxed)) return nullptr;
  return hand_off_.exchange(nullptr, std::memory_order_acquire);
}

void worker::hand_off(task& t) noexcept {
  // Only this thread stores a task; the monitor at most empties the slot.
  count(hand_offs);
  if (!hand_off_.load(std::memory_order_relaxed)) {
    hand_off_.store(&t, std::memory_order_release);
  } else if (task* displaced = hand_off_.exchange(&t, std::memory_order_acq_rel)) {
    queue.push_ready(*displaced);
  }
}

std::uint64_t worker::new_id() noexcept {
  if (next_id_ == last_id_) {
    next_id_ = home.take_ids(ids_at_once);
    last_id_ = next_id_ + ids_at_once;
  }
  return next_id_++;
}

void worker::spawn(task& t) noexcept {
  count(started);
  queue.push_fresh(t);
  if (--until_look_ == 0) look();
  if (++spawned_ >= spawns_in_a_row && current) {
    fresh_runs_ = spawns_in_a_row;
    give_way();
  }
}

// Fires due timers, and opens the queue to others when its oldest task has waited too long: what was the newest task
// at the last mark is still there after longer than a wake-up costs.
void worker::look() noexcept {
  const std::int64_t now = home.read_clock();
  // About as often as a wake-up costs: every 32 choices where they are short, at each one where a task runs long.
  const std::int64_t since = now - looked_ns_;
  looked_ns_ = now;
  if (since > wake_up_costs_ns) {
    look_every_ = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(look_every_ * wake_up_costs_ns / since));
  } else if (since < wake_up_costs_ns / 2) {
    look_every_ = std::min(choices_between_looks, 2 * look_every_);
  }
  until_look_ = look_every_;

  home.fire_timers(now);
  if (queue.size_hint() == 0) return;
  const auto age = queue.oldest();
  if (age.empty) return;
  if (static_cast<std::int32_t>(age.oldest - mark_) > 0) {
    mark_ = age.newest;
    mark_ns_ = now;
    return;
  }
  fresh_starves_ = age.fresh && now - mark_ns_ > fresh_waits_at_most_ns;
  if (now - mark_ns_ > wake_up_costs_ns) {
    overdue.store(true, std::memory_order_seq_cst);
    home.ask_for_help();
  }
}

}  // namespace mn::detail
