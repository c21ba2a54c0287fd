// Stacks: equal slots cut from large reserved regions. A slot's lowest pages are a guard; the rest costs memory only
// where it has been touched. Slots are recycled, the warmest first, and go back to the system with the runtime.
//
// Guards: markers in the page table (MADV_GUARD_INSTALL) cost no mapping; they stand in the page of the table that the
// slot's stack needs anyway. Where the kernel has none, mprotect is used, which splits mappings; the kernel allows
// 65,530 of them in all (vm.max_map_count), so at most `protected_guards_at_most` slots get one, and those beyond are
// counted as unguarded.
//
// The tops of the slots are staggered by up to 15 × 128 bytes: equal slots would otherwise put all tasks' hottest
// frames into the same few sets of the first-level cache. So a task that uses more than 2.1 kB may touch a second page.
// Rejected: steps of 64 bytes. A connection of the servers' costs 4.4 kB then rather than 5.7, but a worker_pool of
// 1,000 takes 25 % longer for a job.
//
// Invariant: a slot is in exactly one place: bound to a task, in a worker's cache, in `free_`, in `cold_`, or not yet
// cut. Slots are cut in the order of their numbers, so a number tells region and place.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mn/detail/spin_lock.hpp"
#include "mn/runtime.hpp"

namespace mn::detail {

struct task;

/// What lies at the very top of a slot, above the stack itself.
struct alignas(16) slot_head {
  slot_head* next;           ///< while it is free
  std::atomic<task*> owner;  ///< whose stack it is; null while it is free
};

class stack_pool {
 public:
  /// Both are multiples of the page, and the guard is at most half of the slot.
  stack_pool(std::size_t slot_bytes, std::size_t guard_bytes);
  ~stack_pool();
  stack_pool(const stack_pool&) = delete;
  stack_pool& operator=(const stack_pool&) = delete;

  /// The top of a free or newly cut slot; null, with errno, where the system gives no more address space.
  void* acquire() noexcept;
  /// Takes a chain of `n` free slots.
  void release(slot_head* first, slot_head* last, std::size_t n) noexcept;

  /// Gives the memory of up to `at_most` free slots back that have not been needed since the last call.
  void give_back_free(std::size_t at_most) noexcept;
  /// There are free slots that hold memory.
  bool has_free() noexcept;

  /// At most `n` neighbouring slots, beginning with number `first`; none where that has not been cut.
  struct slots {
    std::byte* first;
    std::size_t count;
  };
  slots slots_from(std::size_t first, std::size_t n) noexcept;
  /// Whose stack slot `number`, which begins at `slot`, is; its last page is in memory. Null: it is free.
  task* owner_of(std::size_t number, std::byte* slot) noexcept;
  /// Says whose stack it is from now on; null: it is free.
  static void bind(void* top, task* owner) noexcept { head_of(top).owner.store(owner, std::memory_order_release); }

  /// Bytes below `top` that a task may use.
  [[nodiscard]] std::size_t usable_bytes() const noexcept { return usable_bytes_; }
  [[nodiscard]] std::size_t slot_bytes() const noexcept { return slot_bytes_; }
  struct address_range {
    std::uintptr_t lowest;
    std::size_t bytes;
  };
  /// The guard of the slot with this top, if it has one. Async-signal-safe.
  [[nodiscard]] address_range guard_below(const void* top) const noexcept;
  [[nodiscard]] std::uint64_t cut() noexcept;
  /// How many of those wait here for a task.
  [[nodiscard]] std::uint64_t waiting() noexcept;
  [[nodiscard]] std::uint64_t unguarded() noexcept;
  [[nodiscard]] guard_kind guards() noexcept;

  /// A stack begins below its slot's head.
  static slot_head& head_of(void* top) noexcept { return *static_cast<slot_head*>(top); }
  static void* top_of(slot_head& head) noexcept { return &head; }

 private:
  static constexpr std::size_t region_bytes = std::size_t{64} << 20;
  static constexpr std::size_t colours = 16;
  static constexpr std::size_t colour_bytes = 128;
  static constexpr std::uint64_t protected_guards_at_most = 16'000;

  void* cut_slot() noexcept;
  void guard(void* lowest) noexcept;
  void tell_valgrind(void* lowest) noexcept;

  std::size_t region_size() const noexcept { return region_bytes > slot_bytes_ ? region_bytes : slot_bytes_; }
  static constexpr std::size_t top_offset(std::size_t number) noexcept {
    return (number % colours) * colour_bytes + sizeof(slot_head);
  }
  static std::byte* end_of_slot(void* top) noexcept;

  spin_lock lock_;
  slot_head* free_ = nullptr;
  std::size_t free_count_ = 0;
  std::size_t free_unneeded_ = 0;  ///< the least of free_count_ since give_back_free() was last called
  std::vector<void*> cold_;        ///< tops of free slots whose memory was given back
  std::vector<void*> regions_;
  std::vector<unsigned> known_to_valgrind_;  ///< its numbers of the slots' stacks
  std::byte* uncut_ = nullptr;               ///< the rest of the newest region
  std::byte* region_end_ = nullptr;
  std::uint64_t cut_ = 0;
  std::uint64_t protected_ = 0;
  std::uint64_t unguarded_ = 0;
  bool markers_work_ = true;
  const std::size_t slot_bytes_;
  const std::size_t guard_bytes_;
  const std::size_t usable_bytes_;
};

}  // namespace mn::detail
