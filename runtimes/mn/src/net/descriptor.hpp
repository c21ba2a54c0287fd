// A descriptor of the system's (a socket) that tasks wait for. It never blocks its thread: whoever finds that nothing
// can be done waits here until the poller says that it has become ready.
//
// `ready_` has a bit for each direction: set, an attempt may succeed; clear, the last attempt found that the descriptor
// was used up, and nothing has been reported since.
//
// Invariants
//   * Whoever attempts something clears the bit first, under the lock (begin), and sets it again afterwards if more may
//     be had (signal). So a report that comes while the attempt is made stays: nobody waits for what has already
//     happened. A bit that is set in vain costs an attempt.
//   * Who waits is in `waiting_` of its direction, from when it has found the bit clear, under the same hold of the
//     lock, until somebody takes it out under the lock: a report, a close, a new deadline (all then look again), or
//     itself when its time is over.
//   * Before anybody waits the descriptor is watched by the poller of its runtime, or somebody is about to see to it
//     (watch), who wakes all if that fails. The system reports what is ready at the moment it is added.
//   * The memory of a descriptor is only ever a descriptor's. A report may be underway to one that has been given back,
//     and then reaches whoever has it now, who attempts something in vain.
//   * The system's number is closed when the last handle is gone, and not before: so no number is used by one task that
//     has become another's. close() shuts the connection down, which the other side sees when it reads.
// A read that fills less than its room has emptied a socket (epoll(7)): the next one waits without another attempt,
// which saves a system call for each request of a connection that is kept. Not where a read may stop short of all there
// is (`stops_short_`): before the end or a failure, which may have been in one report with what was read, and then
// there is no other; before urgent data (MSG_OOB); and, in a Unix socket, behind what came with descriptors
// (SCM_RIGHTS).
//
// Under `lock_` nothing is woken and no system call made; the poller takes it, never in the middle of a switch.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "mn/detail/readiness_case.hpp"
#include "mn/detail/spin_lock.hpp"
#include "mn/detail/waiter.hpp"

namespace mn {
class context;
}

namespace mn::detail {

class poller;
struct task;

/// What became of waiting for the right to attempt something.
enum class [[nodiscard]] admission {
  granted,    ///< attempt it
  closed,     ///< this side has closed it
  too_late,   ///< its deadline is past
  no_poller,  ///< the system refuses to watch it: `error` says why
};

class descriptor {
 public:
  /// With one reference. Takes over `fd`, a Unix socket or not, and closes it where there is no memory: throws
  /// std::bad_alloc.
  static descriptor& adopt(int fd, bool is_unix);

  // Relaxed: a new reference is made from one that the caller holds.
  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool is_unix() const noexcept { return is_unix_; }
  [[nodiscard]] bool is_closed() const noexcept { return closed_.load(std::memory_order_relaxed); }

  /// Blocks until an attempt may succeed. `error`: see admission. Throws context_done where `ctx`, which may be null,
  /// is done; std::bad_alloc where there is a deadline, or a context.
  admission begin(direction d, const mn::context* ctx, int& error);
  /// An attempt may succeed: sets the bit, wakes who waits.
  void signal(direction d) noexcept { report(d == direction::read, d == direction::write, false); }
  /// The same for the poller. `stops_short`: from now on a read that fills less than its room may leave something.
  void report(bool to_read, bool to_write, bool stops_short) noexcept;
  /// Asks the system whether an attempt would not have to wait: the bit alone may be out of date. True also where the
  /// attempt would fail at once. Costs a system call.
  [[nodiscard]] bool confirm(direction d) noexcept;
  /// A read has filled less than its room: in place of signal().
  void note_short_read() noexcept;
  /// An attempt was begun that ends when an attempt to write would succeed; before anybody waits.
  void expect_writable() noexcept;

  /// On the runtime's clock; no_deadline for none. Whoever waits looks at it anew.
  void set_deadline(direction d, std::int64_t at_ns) noexcept;

  /// Everyone who waits, and who will, is told. Does nothing the second time.
  void close() noexcept;

  // One fresh task at a time may wait to be started when an attempt to read may succeed. (start_place)

  /// False where the place is taken.
  [[nodiscard]] bool reserve_start() noexcept;
  void cancel_start() noexcept;
  /// `t` has been announced and counted. It takes the place until it is started, which may be now.
  void start_when_readable(task& t) noexcept;

  /// The poller of the runtime tells of it from now on. Returns the system's error, or 0.
  [[nodiscard]] int watch(poller& p) noexcept;

 private:
  friend class descriptor_pool;
  friend class readiness_case;

  descriptor() = default;

  [[nodiscard]] static constexpr std::size_t at(direction d) noexcept { return static_cast<std::size_t>(d); }
  [[nodiscard]] static constexpr std::uint8_t bit(direction d) noexcept { return std::uint8_t(1u << at(d)); }

  // With the lock held: what a call need not wait for.
  [[nodiscard]] bool decided(direction d, admission& what) const noexcept;
  [[nodiscard]] bool is_decided(direction d) const noexcept {
    admission what{};
    return decided(d, what);
  }
  void wait_plainly(direction d) noexcept;
  void wait_until(direction d, std::int64_t deadline_ns);
  void wait_with(const mn::context& ctx, direction d, std::int64_t deadline_ns);
  void take_waiters(direction d, waiter_list& woken) noexcept;
  [[nodiscard]] task* take_start() noexcept;

  spin_lock lock_;
  std::uint8_t ready_ = 0;
  bool stops_short_ = false;
  bool is_unix_ = false;             ///< constant while it is in use
  std::atomic<bool> closed_{false};  ///< written under the lock
  int fd_ = -1;
  std::atomic<std::uint32_t> references_{0};
  std::atomic<poller*> watched_by_{nullptr};  ///< holds a reference; written under the lock
  std::array<waiter_list, 2> waiting_;
  std::array<std::int64_t, 2> deadline_ns_{};
  bool start_reserved_ = false;
  task* starts_ = nullptr;
  descriptor* next_free_ = nullptr;
};

}  // namespace mn::detail
