#include "mn/detail/biased_lock.hpp"

#include <thread>

#include "arch/pause.hpp"
#include "os/os.hpp"
#include "os/process.hpp"

namespace mn::detail {

constinit std::atomic<std::uint64_t> lock_bias{0};

#if defined(__x86_64__) && !defined(MN_TSAN)
// `used`: with -flto the instructions of locking_here() are the only ones that name it.
[[gnu::used]] thread_local constinit locking mn_locking = locking::not_yet;
#endif

namespace {

// lock_bias: bit 0, bit 1, how many threads share the locks, and the number of the last grant. An owner is not among
// those that share them.
constexpr std::uint64_t revoking = 2;
constexpr std::uint64_t one_sharer = 4;
constexpr std::uint64_t one_grant = std::uint64_t{1} << 32;
constexpr std::uint64_t grants_mask = ~(one_grant - 1);

void lock_from_now_on(locking how) noexcept {
#if defined(__x86_64__) && !defined(MN_TSAN)
  mn_locking = how;
  asm volatile("" : : : "memory");  // locking_here() reads it in a way that the compiler does not see
#else
  (void)how;
#endif
}

/// Every other thread has executed a full barrier when it returns.
void order_all_threads() noexcept {
  constexpr std::int64_t longer_than_any_store_waits_ns = 1'000'000;
  if (os::barrier_in_all_threads()) return;
  const std::atomic<std::uint32_t> never_changes{0};
  os::futex_wait(never_changes, 0, longer_than_any_store_waits_ns);
}

struct leaves_at_its_end {
  ~leaves_at_its_end() { biased_lock::leave(); }
};

}  // namespace

void biased_lock::join() noexcept {
  static thread_local const leaves_at_its_end at_end;
  std::uint64_t seen = lock_bias.load(std::memory_order_acquire);
  for (;;) {
    std::uint64_t next = seen + one_sharer;
    if (seen & bias_owned) {
      next = seen - bias_owned + revoking;
    } else if (seen & revoking) {  // whoever began it may have been left behind in a fork: each does all of it
      order_all_threads();
      next = seen - revoking + one_sharer;  // the owner that was
    }
    if (!lock_bias.compare_exchange_strong(seen, next, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    if (!(seen & (bias_owned | revoking))) return lock_from_now_on(locking::shared);
    seen = next;
  }
}

void biased_lock::leave() noexcept {
  const locking how = locking_here();
  if (!locks_can_be_biased || how == locking::not_yet) return;
  std::uint64_t seen = lock_bias.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    const bool not_counted = how == locking::alone && (seen & (bias_owned | revoking));
    next = not_counted ? seen & ~(bias_owned | revoking) : seen - one_sharer;
  } while (!lock_bias.compare_exchange_weak(seen, next, std::memory_order_acq_rel, std::memory_order_relaxed));
  lock_from_now_on(locking::not_yet);
}

// The last time it was not alone was at least so long ago: taking the bias away costs some 20 us where other cores are
// busy, so this can cost no more than a fiftieth.
void biased_lock::reconsider(std::int64_t now_ns, std::int64_t& alone_since_ns) noexcept {
  constexpr std::int64_t long_enough_ns = 1'000'000;
  if (!locks_can_be_biased) return;
  std::uint64_t seen = lock_bias.load(std::memory_order_relaxed);
  if (locking_here() == locking::not_yet || (seen & ~grants_mask) != one_sharer) {
    alone_since_ns = 0;
  } else if (alone_since_ns == 0) {
    alone_since_ns = now_ns;
  } else if (now_ns - alone_since_ns >= long_enough_ns) {
    alone_since_ns = 0;
    // Acquire: whoever left comes before what is done alone.
    if (lock_bias.compare_exchange_strong(seen, seen - one_sharer + bias_owned + one_grant, std::memory_order_acq_rel,
                                          std::memory_order_relaxed))
      lock_from_now_on(locking::alone);
  }
}

void biased_lock::lose_bias() noexcept {
  lock_from_now_on(locking::as_others);
  owned_.store(false, std::memory_order_release);
}

void biased_lock::wait_for_owner() const noexcept {
  for (int i = 0; owned_.load(std::memory_order_acquire); ++i) {
    if (i < 100) {
      arch::pause();
    } else {
      std::this_thread::yield();
    }
  }
}

bool biased_lock::try_lock() noexcept {
  if (locking_here() == locking::not_yet) join();
  if (locking_here() == locking::alone) {
    if (held_.load(std::memory_order_relaxed) || owned_.load(std::memory_order_relaxed)) return false;
    if (take_alone()) return true;
    lose_bias();
  }
  if (held_.exchange(true, std::memory_order_acquire)) return false;
  if (!owned_.load(std::memory_order_acquire)) return true;
  held_.store(false, std::memory_order_release);
  return false;
}

}  // namespace mn::detail
