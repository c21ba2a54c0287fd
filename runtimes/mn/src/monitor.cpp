#include "monitor.hpp"

#include "os/os.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {

void monitor::start() {
  thread_ = std::thread([this] {
    os::name_thread("mn monitor");
    loop();
  });
}

void monitor::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_seq_cst);
  note_activity();
  thread_.join();
}

void monitor::note_activity() noexcept {
  if (parked_.load(std::memory_order_seq_cst) == 0) return;
  parked_.store(0, std::memory_order_seq_cst);
  os::futex_wake_one(parked_);
}

void monitor::loop() noexcept {
  std::vector<std::uint32_t> seen(watched_.workers.size());
  const std::atomic<std::uint32_t> never_changes{0};
  int quiet_looks = 0;
  const auto all_asleep = [this] { return watched_.idle.count() == watched_.workers.size(); };
  while (!stopping_.load(std::memory_order_seq_cst)) {
    os::futex_wait(never_changes, 0, period_ns);
    look(seen);
    quiet_looks = all_asleep() ? quiet_looks + 1 : 0;
    if (quiet_looks < quiet_looks_before_sleep) continue;
    parked_.store(1, std::memory_order_seq_cst);
    while (all_asleep() && !stopping_.load(std::memory_order_seq_cst) && parked_.load(std::memory_order_seq_cst) == 1) {
      os::futex_wait(parked_, 1, -1);
    }
    parked_.store(0, std::memory_order_seq_cst);
    quiet_looks = 0;
  }
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
    if (watched_.traced()) watched_.tracing.note(trace_kind::opened, 0, static_cast<std::uint32_t>(i));
    watched_.ask_for_help();
  }
}

}  // namespace mn::detail
