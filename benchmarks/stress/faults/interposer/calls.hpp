// The kinds of calls that can be made to fail, and what is counted of each.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace threadmark::faults {

enum class call : unsigned {
  mmap,
  munmap,
  madvise,
  mprotect,
  mincore,
  pthread_create,
  futex,  ///< waits only: a wake-up never fails
  membarrier,
  epoll,
  eventfd,
  timerfd,
  signalfd,
  fork,
  pipe,
  poll,
  open,
  allocate,
};

/// As THREADMARK_FAULTS and the report name them.
inline constexpr std::array<std::string_view, 17> call_names = {
    "mmap",    "munmap",  "madvise",  "mprotect", "mincore", "pthread_create", "futex", "membarrier", "epoll",
    "eventfd", "timerfd", "signalfd", "fork",     "pipe",    "poll",           "open",  "new"};

/// Lock-free, so that they can be raised anywhere, in a signal handler too.
struct count {
  std::atomic<std::uint64_t> seen{0};
  std::atomic<std::uint64_t> failed{0};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

using counts = std::array<count, call_names.size()>;

}  // namespace threadmark::faults
