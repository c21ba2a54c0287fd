// A channel's lock. As long as one thread alone uses channels it takes them without an atomic exchange (DESIGN.md says
// what that saves); the first other thread pays for ending that. Biased locking, as in "Lock Reservation:
// Java Locks Can Mostly Do Without Atomic Operations" (Kawachiya, Koseki, Onodera, OOPSLA 2002), with two differences:
// the bias is the process's, not the lock's, and it is taken away by a barrier on all threads (membarrier), not by
// stopping its owner.
//
// Two ways to hold a lock: `held_`, taken by an exchange, and `owned_`, which the owner alone writes.
//   A thread that takes its first lock joins those that share them: it is counted in lock_bias. If there is an owner,
//   it first takes the bias away: owned -> revoking; the barrier; then the owner is counted with the others. Each of
//   them exchanges `held_`, then waits while `owned_` is set. A thread that goes to sleep, or ends, leaves.
//   A worker that has been the only one for a while becomes the owner. It takes a lock by storing `owned_`, and has it
//   if lock_bias then still says that there is an owner; else it takes `owned_` back, and is one of the others.
// Invariants
//   * Nobody is an owner beside another thread that is counted; who is not counted holds no lock.
//   * Take the owner at the moment of the barrier. If it read lock_bias before, its store to `owned_` came before that
//     and is seen by all who are counted afterwards: they wait. If it reads it later, it sees that it is not alone. So
//     the compiler must keep its store and its load apart, and the CPU's order is made by the barrier.
//   * `owned_` is set for a moment, for nothing, where the owner learns that. So a thread that releases clears what it
//     has set itself: `owned_` only if it has been the owner since it joined. It never holds the same lock twice.
//   * A change of lock_bias from `revoking` is made only by a thread that has executed the barrier since that began, or
//     by the owner itself while it holds no lock: every grant has another number, so an old value is never taken for a
//     new one.
// Pairing: acquire in the exchange, and in the look at `owned_`, with the release in unlock(); what a thread did before
// it left with what the others do after they have seen that. Where the system refuses the barrier that it had before,
// a millisecond is waited instead: nothing stays in a store buffer for so long.
//
// As with spin_lock it may be another task that releases than took it, on the same OS thread, and it is held for a few
// dozen instructions. On other CPUs than x86-64, and under ThreadSanitizer, which knows nothing of such barriers, every
// lock is an exchange.
#pragma once

#include <atomic>
#include <cstdint>

#include "mn/detail/spin_lock.hpp"

namespace mn::detail {

/// How a thread takes these locks. The last two are those of a thread that has been the owner: unlock() compares.
enum class locking : std::uint8_t {
  not_yet,    ///< it is not counted
  shared,     ///< by exchange
  alone,      ///< it is the owner, unless lock_bias says that it was
  as_others,  ///< by exchange; it was the owner, and may still hold what it took then
};

/// Bit 0: there is an owner. The low half is 0 where no thread is counted, nor an owner; the rest is biased_lock.cpp's.
extern constinit std::atomic<std::uint64_t> lock_bias;
inline constexpr std::uint64_t bias_owned = 1;

#if defined(__x86_64__) && !defined(MN_TSAN)

inline constexpr bool locks_can_be_biased = true;

extern "C" {
[[gnu::tls_model("initial-exec")]] extern thread_local constinit locking mn_locking;
}

/// Read anew each time, since a task moves: see src/this_worker.hpp.
[[gnu::always_inline]] inline locking locking_here() noexcept {
  std::uint64_t offset;
  std::uint32_t how;
  asm volatile(
      "movq mn_locking@gottpoff(%%rip), %0\n\t"
      "movzbl %%fs:(%0), %1"
      : "=&r"(offset), "=r"(how));
  return static_cast<locking>(how);
}

#else

inline constexpr bool locks_can_be_biased = false;

constexpr locking locking_here() noexcept {
  return locking::shared;
}

#endif

class biased_lock {
 public:
  void lock() noexcept {
    const locking how = locking_here();
    if (how == locking::alone) {
      if (take_alone()) [[likely]]
        return;
      lose_bias();
    } else if (how == locking::not_yet) [[unlikely]] {
      join();
    }
    if (held_.exchange(true, std::memory_order_acquire)) spin_lock_contended(held_);
    if (owned_.load(std::memory_order_acquire)) [[unlikely]]
      wait_for_owner();
  }

  /// Fails also where the caller itself holds it.
  [[nodiscard]] bool try_lock() noexcept;

  void unlock() noexcept {
    if (locking_here() >= locking::alone && owned_.load(std::memory_order_relaxed)) {
      owned_.store(false, std::memory_order_release);
    } else {
      held_.store(false, std::memory_order_release);
    }
  }

  /// The calling thread, which holds none of these locks, takes none for a while.
  static void leave() noexcept;
  /// Now and then, on a worker: may it be the owner?
  static void reconsider(std::int64_t now_ns, std::int64_t& alone_since_ns) noexcept;

 private:
  static void join() noexcept;
  [[nodiscard]] bool take_alone() noexcept {
    owned_.store(true, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return (lock_bias.load(std::memory_order_relaxed) & bias_owned) != 0;
  }
  void lose_bias() noexcept;
  void wait_for_owner() const noexcept;

  std::atomic<bool> held_{false};
  std::atomic<bool> owned_{false};
};

}  // namespace mn::detail
