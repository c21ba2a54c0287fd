// A worker's own free stacks: those that its tasks left last, which are the warmest. Only its worker touches it.
//
// Invariant: between `kept` and twice as many are here; what is above goes to the pool in one batch, the coldest first.
#pragma once

#include <atomic>
#include <cstddef>

#include "stack_pool.hpp"

namespace mn::detail {

class stack_cache {
 public:
  explicit stack_cache(stack_pool& pool) : pool_(pool) {}

  /// The top of a stack; null, with errno, where the system gives no more address space.
  void* take() noexcept {
    if (!first_) return pool_.acquire();
    void* top = stack_pool::top_of(first_);
    first_ = first_->next;
    set_count(count() - 1);
    return top;
  }

  void give(void* top) noexcept {
    free_stack* s = stack_pool::as_free(top);
    s->next = first_;
    first_ = s;
    set_count(count() + 1);
    if (count() == 2 * kept) give_back();
  }

  /// How many are here; for others than the worker a hint.
  [[nodiscard]] std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kept = 16;

  void give_back() noexcept {
    free_stack* last_kept = first_;
    for (std::size_t i = 1; i < kept; ++i) last_kept = last_kept->next;
    free_stack* first = last_kept->next;
    free_stack* last = first;
    while (last->next) last = last->next;
    last_kept->next = nullptr;
    pool_.release(first, last, count() - kept);
    set_count(kept);
  }

  // Relaxed: written by the worker alone, read by others for statistics.
  void set_count(std::size_t n) noexcept { count_.store(n, std::memory_order_relaxed); }

  stack_pool& pool_;
  free_stack* first_ = nullptr;
  std::atomic<std::size_t> count_{0};
};

}  // namespace mn::detail
