// Stacks: equal slots cut from large reserved regions. A slot's lowest page is a guard; the rest costs memory only
// where it has been touched. Slots are recycled, the warmest first, and go back to the system with the runtime.
//
// Guards: a marker in the page table (MADV_GUARD_INSTALL) costs no mapping. Where the kernel has none, mprotect is
// used, which splits mappings; the kernel allows 65,530 of them in all (vm.max_map_count), so at most
// `protected_guards_at_most` slots get one, and those beyond are counted as unguarded.
//
// The tops of the slots are staggered by up to 15 × 128 bytes: equal slots would otherwise put all tasks' hottest
// frames into the same few sets of the first-level cache.
//
// Invariant: a slot is in exactly one place: bound to a task, in a worker's cache, in `free_`, or not yet cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mn/detail/spin_lock.hpp"
#include "mn/runtime.hpp"

namespace mn::detail {

/// A free slot's link lies in the slot itself, at its top, which is warm.
struct free_stack {
  free_stack* next;
};

class stack_pool {
 public:
  explicit stack_pool(std::size_t slot_bytes);
  ~stack_pool();
  stack_pool(const stack_pool&) = delete;
  stack_pool& operator=(const stack_pool&) = delete;

  /// The top of a free or newly cut slot; null, with errno, where the system gives no more address space.
  void* acquire() noexcept;
  /// Takes a chain of `n` free slots.
  void release(free_stack* first, free_stack* last, std::size_t n) noexcept;

  /// Bytes below `top` that a task may use.
  [[nodiscard]] std::size_t usable_bytes() const noexcept { return usable_bytes_; }
  [[nodiscard]] std::size_t slot_bytes() const noexcept { return slot_bytes_; }
  [[nodiscard]] std::uint64_t cut() noexcept;
  /// How many of those wait here for a task.
  [[nodiscard]] std::uint64_t free() noexcept;
  [[nodiscard]] std::uint64_t unguarded() noexcept;
  [[nodiscard]] guard_kind guards() noexcept;

  static free_stack* as_free(void* top) noexcept {
    return reinterpret_cast<free_stack*>(static_cast<std::byte*>(top) - sizeof(free_stack));
  }
  static void* top_of(free_stack* s) noexcept { return reinterpret_cast<std::byte*>(s) + sizeof(free_stack); }

 private:
  static constexpr std::size_t region_bytes = std::size_t{64} << 20;
  static constexpr std::size_t colours = 16;
  static constexpr std::size_t colour_bytes = 128;
  static constexpr std::uint64_t protected_guards_at_most = 16'000;

  void* cut_slot() noexcept;
  void guard(void* lowest) noexcept;

  spin_lock lock_;
  free_stack* free_ = nullptr;
  std::uint64_t free_count_ = 0;
  std::vector<void*> regions_;
  std::byte* uncut_ = nullptr;  ///< the rest of the newest region
  std::byte* region_end_ = nullptr;
  std::uint64_t cut_ = 0;
  std::uint64_t protected_ = 0;
  std::uint64_t unguarded_ = 0;
  bool markers_work_ = true;
  const std::size_t slot_bytes_;
  const std::size_t usable_bytes_;
};

}  // namespace mn::detail
