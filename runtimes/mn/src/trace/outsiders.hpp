// The newest trace events of threads that are no workers of the runtime: the monitor, plain threads and other runtimes'
// workers that start or wake its tasks. One ring for all of them under a tiny lock; they come seldom.
//
// Invariant: under the lock, record i lies in slot i % capacity while `written_` exceeds i by at most the capacity.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "mn/detail/spin_lock.hpp"
#include "os/os.hpp"
#include "trace/record.hpp"

namespace mn::detail {

struct outside_record {
  trace_record event;
  std::int32_t thread;
  std::array<char, 16> thread_name;
};

class trace_outsiders {
 public:
  /// As trace_ring::allocate.
  void allocate(std::size_t records) {
    if (memory_) return;
    auto made = std::make_unique_for_overwrite<outside_record[]>(records);
    std::lock_guard hold(lock_);
    memory_ = std::move(made);
    capacity_ = records;
  }

  /// Any thread. The moment is read under the lock, so records lie in the order of their moments.
  void put(trace_record event) noexcept {
    outside_record r{event, os::thread_id(), {}};
    os::read_thread_name(r.thread_name);
    std::lock_guard hold(lock_);
    if (capacity_ == 0) return;
    r.event.when_ns = os::now_ns();
    memory_[written_++ % capacity_] = r;
  }

  [[nodiscard]] std::uint64_t written() noexcept {
    std::lock_guard hold(lock_);
    return written_;
  }

  /// As trace_ring::copy. In portions, so that nobody waits long for the lock.
  std::uint64_t copy(std::uint64_t from, std::vector<outside_record>& out) {
    const std::uint64_t end = written();
    std::uint64_t lost = 0;
    out.reserve(out.size() + static_cast<std::size_t>(std::min<std::uint64_t>(end - from, capacity_)));
    for (std::uint64_t number = from; number < end;) {
      std::array<outside_record, 32> portion;
      std::size_t n = 0;
      {
        std::lock_guard hold(lock_);
        const std::uint64_t oldest = written_ > capacity_ ? written_ - capacity_ : 0;
        if (number < oldest) {
          const std::uint64_t skipped = std::min(oldest, end) - number;
          lost += skipped;
          number += skipped;
        }
        while (n < portion.size() && number < end) portion[n++] = memory_[number++ % capacity_];
      }
      out.insert(out.end(), portion.begin(), portion.begin() + static_cast<std::ptrdiff_t>(n));
    }
    return lost;
  }

 private:
  spin_lock lock_;
  std::unique_ptr<outside_record[]> memory_;
  std::size_t capacity_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace mn::detail
