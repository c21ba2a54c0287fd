// What tells a runtime's tasks that the outside has moved: Linux's list of ready descriptors (epoll), edge-triggered,
// one a runtime, made when the first descriptor waits.
//
// Who looks at it. Nobody polls for its own sake:
//   * a worker that has nothing to run looks before it goes on searching (worker::look_outside), and does not linger
//   where
//     it could keep the poller;
//   * a worker that is busy looks when `busy_looks_every_ns` have passed since anybody did (worker::look);
//   * of the workers that sleep one *keeps* the poller: it sleeps in it, and not on its own word
//   (worker::sleep_towards);
//   * the monitor looks once a millisecond while anybody works, where nobody keeps it.
//
// No event is lost:
//   * The system keeps what is not fetched. Whoever fetches hands it on at once (descriptor::report), on a native stack
//     or the monitor's, where no lock of a descriptor is held: a worker that chooses a task's successor may still hold
//     the lock of what that task waits on, so there nobody fetches.
//   * While a descriptor is watched somebody will look: a worker that is awake does before it sleeps; and the monitor,
//     which is awake as long as a worker is, goes to sleep only when all workers sleep and one of them keeps the poller
//     (monitor::poller_is_kept), else it wakes one. Who stops keeping is awake, and with it the monitor.
//   * Whoever wakes a keeper must wake it here: worker::rouse writes `awake` and then reads `in_poller`, the keeper
//     writes `in_poller` and then reads `awake`, both sequentially consistent, so one of them sees the other. A bell
//     that rings too late wakes the next keeper for nothing.
//
// It outlives its runtime as long as a descriptor refers to it. One list and not one a worker: a descriptor would have
// to be moved with the task that waits for it, and a sleeping worker's list would be looked at by nobody. Rejected: a
// thread of its own that waits for events; each would then cost a wake-up of a core.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

#include "os/net.hpp"

namespace mn::detail {

class descriptor;

class poller {
 public:
  static constexpr std::int64_t busy_looks_every_ns = 50'000;
  static constexpr std::size_t fetched_at_once = 64;

  poller() = default;
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  // Relaxed: a new reference is made from one that the caller holds.
  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept;

  /// From now on `d` is told what happens at `fd`; at the beginning whether it is ready. Returns the system's error, or
  /// 0.
  [[nodiscard]] int watch(descriptor& d, int fd) noexcept;
  void unwatch(int fd) noexcept;

  /// Some descriptor is watched. Sequentially consistent: a worker that sees none, and sleeps, is seen asleep by
  /// whoever waits for the first.
  [[nodiscard]] bool in_use() const noexcept { return watched_.load(std::memory_order_seq_cst) != 0; }
  /// A busy worker should look. Relaxed: a hint.
  [[nodiscard]] bool is_due(std::int64_t now) const noexcept {
    return watched_.load(std::memory_order_relaxed) != 0 &&
           now - looked_ns_.load(std::memory_order_relaxed) > busy_looks_every_ns &&
           turn_.load(std::memory_order_relaxed) == turn::nobody;
  }

  /// Makes those ready for whom something has happened, unless somebody else is looking. True if there were any. On a
  /// native stack, or the monitor's.
  bool look(std::int64_t now) noexcept;

  // For the worker that keeps it while it sleeps.

  /// False where nothing is watched, or somebody else looks or keeps.
  [[nodiscard]] bool try_keep() noexcept;
  void stop_keeping() noexcept { turn_.store(turn::nobody, std::memory_order_seq_cst); }
  [[nodiscard]] bool is_kept() const noexcept { return turn_.load(std::memory_order_seq_cst) == turn::kept; }
  /// What was fetched, to be handed on when the worker is awake.
  struct catch_of_events {
    std::array<os::readiness, fetched_at_once> events;
    std::size_t count = 0;
  };
  /// Waits for events, or for ring(), or `timeout_ns` (< 0: for ever).
  void wait(catch_of_events& into, std::int64_t timeout_ns) const noexcept;
  static void hand_on(const catch_of_events& caught) noexcept;
  /// Wakes the keeper.
  void ring() noexcept { os::ring_bell(bell_.load(std::memory_order_acquire)); }

 private:
  ~poller();

  [[nodiscard]] int open() noexcept;

  /// Who may fetch. One at a time: two would only wait for each other in the system.
  enum class turn : std::uint8_t { nobody, looking, kept };

  std::atomic<std::uint32_t> references_{1};
  std::mutex opening_;
  std::atomic<int> list_{-1};  ///< written once, before `watched_` is first raised
  std::atomic<int> bell_{-1};
  std::atomic<std::size_t> watched_{0};
  std::atomic<turn> turn_{turn::nobody};
  std::atomic<std::int64_t> looked_ns_{0};  ///< relaxed: how often it is looked at depends on it, and nothing else
};

/// A runtime's reference.
class poller_handle {
 public:
  poller_handle() = default;
  ~poller_handle() { poller_->drop_reference(); }
  poller_handle(const poller_handle&) = delete;
  poller_handle& operator=(const poller_handle&) = delete;
  poller& operator*() const noexcept { return *poller_; }
  poller* operator->() const noexcept { return poller_; }

 private:
  poller* const poller_ = new poller;
};

}  // namespace mn::detail
