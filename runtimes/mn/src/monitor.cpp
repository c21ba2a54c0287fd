#include "monitor.hpp"

#include "os/os.hpp"
#include "scheduler.hpp"
#include "sigquit.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

std::atomic<std::uint32_t> bell{0};

void ring(std::uint32_t mask) noexcept {
  bell.fetch_add(1, std::memory_order_seq_cst);
  os::futex_wake_masked(bell, mask);
}

// One of 32 bits for each: two runtimes that share one wake each other's monitor in vain.
std::uint32_t next_mask() noexcept {
  static std::atomic<std::uint32_t> monitors{0};
  return 1u << monitors.fetch_add(1, std::memory_order_relaxed) % 32;
}

}  // namespace

monitor::monitor(scheduler& watched) : watched_(watched), mask_(next_mask()), deadlocks_(watched) {}

void monitor::start() {
  thread_ = std::thread([this] {
    os::name_thread("mn monitor");
    os::survive_broken_pipes();
    loop();
  });
}

void monitor::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_seq_cst);
  ring(mask_);
  thread_.join();
}

void monitor::note_activity() noexcept {
  if (!parked_.load(std::memory_order_seq_cst)) return;
  parked_.store(false, std::memory_order_seq_cst);
  ring(mask_);
}

void monitor::call_all() noexcept {
  ring(0xffffffff);
}

bool monitor::all_asleep() const noexcept {
  return watched_.idle.count() == watched_.workers.size();
}

void monitor::loop() noexcept {
  std::vector<std::uint32_t> seen(watched_.workers.size());
  const std::atomic<std::uint32_t> never_changes{0};
  int quiet_looks = 0;
  while (!stopping_.load(std::memory_order_seq_cst)) {
    os::futex_wait(never_changes, 0, period_ns);
    sigquit::serve();
    looking_.store(true, std::memory_order_seq_cst);
    look(seen);
    looking_.store(false, std::memory_order_seq_cst);
    quiet_looks = all_asleep() ? quiet_looks + 1 : 0;
    if (quiet_looks < quiet_looks_before_sleep) continue;
    rest();
    quiet_looks = 0;
  }
}

void monitor::rest() noexcept {
  parked_.store(true, std::memory_order_seq_cst);
  deadlocks_.begin();
  for (;;) {
    const auto heard = bell.load(std::memory_order_seq_cst);
    sigquit::serve();
    if (!all_asleep() || stopping_.load(std::memory_order_seq_cst) || !parked_.load(std::memory_order_seq_cst)) break;
    os::futex_wait_masked(bell, heard, deadlocks_.look(), mask_);
  }
  deadlocks_.end();
  parked_.store(false, std::memory_order_seq_cst);
}

void monitor::look(std::vector<std::uint32_t>& seen) noexcept {
  watched_.fire_timers(watched_.read_clock());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    worker& w = *watched_.workers[i];
    const bool stuck = w.choices() == seen[i];
    seen[i] = w.choices();
    if (!stuck || watched_.idle.count() == 0) continue;
    if (task* t = w.take_hand_off()) watched_.inject(*t);
    if (w.queue.size_hint() == 0) continue;
    w.overdue.store(true, std::memory_order_seq_cst);
    watched_.ask_for_help();
  }
}

}  // namespace mn::detail
