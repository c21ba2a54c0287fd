// A worker's newest trace events: a ring that only its worker's thread writes and any thread may copy meanwhile.
//
// Nobody waits for anybody: the owner overwrites the oldest record when the ring is full, and a copier finds out
// afterwards which of its copies were overwritten under its hands.
//
// Invariants
//   * Record i lies in slot i % capacity from the moment `written_` exceeds i until record i + capacity is begun.
//   * The memory stays until the ring's end: a thread that saw tracing on may record for a moment after it was
//     switched off.
// Pairing: the owner's stores of `written_` and of each word are releases, the copier's loads acquires. Whoever reads a
// word of record i + capacity therefore reads `written_` > i + capacity - 1 afterwards, and drops record i. Words are
// read and written as atomics; on x86-64 that costs nothing.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "trace/record.hpp"

namespace mn::detail {

class trace_ring {
 public:
  /// Room for at least `records`, the first time it is called; afterwards it does nothing. One thread at a time. Memory
  /// is used only once it is written to. Throws std::bad_alloc.
  void allocate(std::size_t records) {
    if (memory_) return;
    const std::size_t capacity = std::bit_ceil(std::max<std::size_t>(records, 2));
    memory_ = std::make_unique_for_overwrite<std::uint64_t[]>(capacity * trace_record::words);
    mask_ = capacity - 1;
    first_.store(memory_.get(), std::memory_order_release);  // pairs with the acquire in put()
  }

  /// Owner only. Nothing happens before allocate().
  void put(const trace_record& r) noexcept {
    std::uint64_t* const first = first_.load(std::memory_order_acquire);
    if (!first) return;
    const std::uint64_t number = written_.load(std::memory_order_relaxed);  // our own store
    std::uint64_t* const slot = first + (number & mask_) * trace_record::words;
    const auto values = std::bit_cast<trace_words>(r);
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::atomic_ref(slot[i]).store(values[i], std::memory_order_release);
    }
    written_.store(number + 1, std::memory_order_release);
  }

  /// How many records were ever put: the number of the next one.
  [[nodiscard]] std::uint64_t written() const noexcept { return written_.load(std::memory_order_acquire); }

  /// Appends the records from number `from` on; returns how many of them are lost. Throws std::bad_alloc.
  std::uint64_t copy(std::uint64_t from, std::vector<trace_record>& out) const {
    if (!memory_) return 0;
    const std::uint64_t end = written();
    const std::uint64_t begin = std::max(from, oldest_sure(end));
    const std::size_t before = out.size();
    out.reserve(before + static_cast<std::size_t>(end - begin));
    for (std::uint64_t number = begin; number < end; ++number) {
      std::uint64_t* const slot = memory_.get() + (number & mask_) * trace_record::words;
      trace_words values;
      for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = std::atomic_ref(slot[i]).load(std::memory_order_acquire);
      }
      out.push_back(std::bit_cast<trace_record>(values));
    }
    const std::uint64_t kept = std::min(end, std::max(begin, oldest_sure(written())));
    const auto first = out.begin() + static_cast<std::ptrdiff_t>(before);
    out.erase(first, first + static_cast<std::ptrdiff_t>(kept - begin));
    return kept - from;
  }

  /// Owner only: how many traces had begun when it last recorded; see tracer::greet.
  std::uint32_t greeted = 0;

 private:
  /// The oldest record that is whole when `written` have been put and the owner may be writing one more.
  [[nodiscard]] std::uint64_t oldest_sure(std::uint64_t written) const noexcept {
    return written > mask_ ? written - mask_ : 0;
  }

  std::unique_ptr<std::uint64_t[]> memory_;  ///< touched by allocate() and copy(), whose callers hold a lock
  std::uint64_t mask_ = 0;                   ///< written before first_ is
  std::atomic<std::uint64_t*> first_{nullptr};
  std::atomic<std::uint64_t> written_{0};
};

}  // namespace mn::detail
