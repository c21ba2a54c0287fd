#include "worker.hpp"

#include <cxxabi.h>
#include <pthread.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <utility>

#include "os/os.hpp"
#include "overflow.hpp"
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

namespace {

std::uint32_t trim_wait_ms(const options& o) noexcept {
  constexpr std::int64_t never = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(o.trim_stacks_after.count() > 0 ? std::min(never, o.trim_stacks_after.count() / 2)
                                                                    : never);
}

}  // namespace

worker::worker(scheduler& owner, unsigned index)
    : home(owner),
      blocks(owner.blocks),
      index_(index),
      long_wait_ms_(trim_wait_ms(owner.settings)),
      chaos_(owner.settings.chaos_seed, index),
      stacks_(owner.stacks),
      victim_(index) {}

worker_list::worker_list(std::size_t at_most) : places_(new std::unique_ptr<worker>[at_most]), at_most_(at_most) {}
worker_list::~worker_list() = default;

void worker_list::add(std::unique_ptr<worker> w) noexcept {
  const std::size_t n = count_.load(std::memory_order_relaxed);
  places_[n] = std::move(w);
  count_.store(n + 1, std::memory_order_release);
}

void worker::start() {
  thread_ = std::thread([this] {
    work();
    ended_.store(true, std::memory_order_release);
    home.note_stopped();
  });
}

void worker::work() {
  take_over(&home.settings);  // a spare thread is started unseen
  char name[16];
  std::snprintf(name, sizeof name, "mn worker %u", index_);
  os::name_thread(name);
  thread_id.store(os::thread_id(), std::memory_order_relaxed);  // for traces and dumps, which show 0 until then
  mn_this_worker = this;
  thread_handle_.store(pthread_self(), std::memory_order_relaxed);
  auto unstarted = duty::retired;  // a new spare; others are on duty already, unless they were found stuck
  duty_now.compare_exchange_strong(unstarted, duty::on, std::memory_order_relaxed);
  asm volatile("" : : : "memory");  // current_worker() reads it in a way that the compiler does not see
  exceptions_ = abi::__cxa_get_globals();
  const os::signal_stack for_signals;  // a task's stack may have no room for a handler
  const overflow_watch watch(home.settings);
  if (home.settings.on_worker_start) home.settings.on_worker_start();
  fp_control_ = arch::read_fp_control();
  sanitizer_adopt_thread(native_);
  loop();
  aside_.store(true, std::memory_order_release);
  sanitizer_leave_thread(home);
  mn_this_worker = nullptr;
}

std::int64_t worker::cpu_ns() noexcept {
  const auto thread = thread_handle_.load(std::memory_order_relaxed);
  return thread ? os::cpu_ns_of(thread) : 0;
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

// True where this is a choice at which to look().
bool worker::pass_choice() noexcept {
  const auto n = choices() + 1;
  choices_.store(n, std::memory_order_relaxed);  // read by others only to see that it moves, and for statistics
  return n == look_at_;
}

task* worker::pick() noexcept {
  if (pass_choice()) [[unlikely]]
    return pick_after_look();
  return pick_now();
}

// Null also where the poller should be looked at first, which is done on the native stack.
[[gnu::noinline]] task* worker::pick_after_look() noexcept {
  if (!look()) return pick_now();
  return home.attention.load(std::memory_order_acquire) != 0 || !on_duty() ? attend(true) : nullptr;
}

inline task* worker::pick_now() noexcept {
  // Not before what the caller has written: the compiler is told here, the CPU by whoever needs it (halt.hpp). Acquire:
  // pairs with the release in monitor::rob; whoever sees its bit taken back sees what it has taken from the slot.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (home.attention.load(std::memory_order_acquire) != 0 || !on_duty()) [[unlikely]]
    return attend(false);
  if (hand_offs_ < hand_offs_in_a_row) {
    if (task* t = take_own_hand_off()) {
      ++hand_offs_;
      return t;
    }
  }
  return choose_from_queues();
}

// The slow way of choosing: what scheduler::attention asks for.
[[gnu::noinline, gnu::cold]] task* worker::attend(bool look_outside_first) noexcept {
  // Nothing is chosen on a task's stack: the native one is next, where loop() stands at the gate. By then the task's
  // context is saved and the locks are released that it parks with.
  if (const auto asked = home.attention.load(std::memory_order_relaxed); current && (asked & attention_gate)) {
    if (asked & attention_trace) home.tracing.chose(*this, nullptr);
    return nullptr;
  }
  if (!on_duty()) home.roster.come_back(*this);
  const auto asked = home.attention.load(std::memory_order_relaxed);
  // One that sleeps has been woken to retire in our place.
  if ((asked & attention_surplus) && home.idle.count() == 0 && retire()) {
    if (asked & attention_trace) home.tracing.chose(*this, nullptr);
    return nullptr;
  }
  task* next = look_outside_first ? nullptr : (asked & attention_chaos) ? choose_at_random() : choose();
  if (asked & attention_trace) home.tracing.chose(*this, next);
  return next;
}

task* worker::choose_at_random() noexcept {
  chaos_.dawdle();
  if (chaos_.one_in(16)) {
    overdue.store(true, std::memory_order_seq_cst);
    home.ask_for_help();
  }
  fresh_starves_ = chaos_.one_in(8);
  fresh_runs_ = chaos_.one_in(4) ? 1 : 0;
  hand_offs_ = chaos_.one_in(2) ? hand_offs_in_a_row : 0;
  if (chaos_.one_in(4)) {
    if (task* t = home.take_injected()) return t;
  }
  return choose();
}

void worker::make_ready_at_random(task& t) noexcept {
  switch (chaos_.below(4)) {
    case 0: home.inject(t); break;
    case 1: queue_ready(t); break;
    default: hand_off(t);
  }
}

bool worker::retire() noexcept {
  if (!home.roster.try_retire(*this)) return false;
  retiring_ = true;
  return true;
}

void worker::give_tasks_away(task* handed_off) noexcept {
  task_fifo all;
  queue.take_all(all);
  if (handed_off) all.push_back(*handed_off);
  if (all.front()) home.inject_all(all);
}

// While attention is asked for.
task* worker::choose() noexcept {
  if (hand_offs_ < hand_offs_in_a_row) {
    if (task* t = take_hand_off()) {
      ++hand_offs_;
      return t;
    }
  }
  return choose_from_queues();
}

task* worker::choose_from_queues() noexcept {
  hand_offs_ = 0;
  if (std::exchange(shared_next_, false)) {
    if (task* t = home.take_injected()) return t;
  }
  const auto order = std::exchange(fresh_starves_, false) ? task_queue::oldest_fresh_first
                     : fresh_runs_ > 0                    ? task_queue::newest_fresh_first
                                                          : task_queue::ready_first;
  if (fresh_runs_ > 0) --fresh_runs_;
  task* t = queue.pop(order);
  if (!t || t->stack) fresh_runs_ = 0;  // no fresh one is left
  return t ? t : take_hand_off();
}

task* worker::take_own_hand_off() noexcept {
  task* t = hand_off_.load(std::memory_order_relaxed);  // our own store
  if (t) hand_off_.store(nullptr, std::memory_order_relaxed);
  return t;
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
    return;
  }
  displacing_ = true;
  std::atomic_signal_fence(std::memory_order_seq_cst);  // as in pick()
  task* displaced = nullptr;
  if (home.attention.load(std::memory_order_acquire) == 0) [[likely]] {
    displaced = hand_off_.load(std::memory_order_relaxed);
    hand_off_.store(&t, std::memory_order_release);
  } else {
    displaced = hand_off_.exchange(&t, std::memory_order_acq_rel);
  }
  displacing_.take();
  if (displaced) queue.push_ready(*displaced);
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
  if (!on_duty()) [[unlikely]] {
    home.inject(t);
    return;
  }
  queue.push_fresh(t);
  if (spawned_at_ != choices()) {
    spawned_at_ = choices();
    spawned_ = 0;
  }
  if (++spawns_unlooked_ >= look_every_) (void)look();  // the next choice that looks sees to the poller
  const bool chaotic = home.attention.load(std::memory_order_relaxed) & attention_chaos;
  if ((++spawned_ >= spawns_in_a_row || (chaotic && chaos_.one_in(4))) && current) {
    fresh_runs_ = spawns_in_a_row;
    give_way();
  }
}

void worker::count_operation() noexcept {
  if (operations_at_ != choices()) {
    operations_at_ = choices();
    operations_ = 0;
  }
  if (++operations_ >= operations_in_a_row) yield();
}

// Fires due timers, and opens the queue to others when its oldest task has waited too long: what was the newest task
// at the last mark is still there after longer than a wake-up costs. True where nobody has looked at the poller for
// long.
bool worker::look() noexcept {
  const std::int64_t now = home.read_clock();
  // About as often as a wake-up costs: every 32 choices where they are short, at each one where a task runs long.
  const std::int64_t since = now - looked_ns_;
  looked_ns_ = now;
  if (since > wake_up_costs_ns) {
    look_every_ = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(look_every_ * wake_up_costs_ns / since));
  } else if (since < wake_up_costs_ns / 2) {
    look_every_ = std::min(choices_between_looks, 2 * look_every_);
  }
  look_at_ = choices() + look_every_;
  spawns_unlooked_ = 0;

  if (home.traced()) [[unlikely]]
    home.tracing.sample(*this);
  if (home.may_own_locks) biased_lock::reconsider(now, alone_since_ns_);
  home.fire_timers(now);
  shared_next_ = home.has_injected();
  if (home.clock.next_deadline() <= now) look_at_ = choices() + 1;  // a lock was held
  look_at_queue(now);
  return home.net->is_due(now);
}

inline void worker::look_at_queue(std::int64_t now) noexcept {
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
    if (home.traced()) [[unlikely]]
      home.tracing.note(trace_kind::opened, 0, index_);
    home.ask_for_help();
  }
}

}  // namespace mn::detail
