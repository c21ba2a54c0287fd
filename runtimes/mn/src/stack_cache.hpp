// A worker's own free stacks: those that its tasks left last, which are the warmest. Only its worker touches it.
//
// Invariant: between `kept` and twice as many are here; what is above goes to the pool in one batch, the coldest first.
#pragma once

#include <cstddef>

#include "stack_pool.hpp"

namespace mn::detail {

class stack_cache {
 public:
  explicit stack_cache(stack_pool& pool) : pool_(pool) {}

  /// The top of a stack; null, with errno, where the system gives no more address space.
  void* take() noexcept {
    if (!first_) return pool_.acquire();
    void* top = stack_pool::top_of(*first_);
    first_ = first_->next;
    --count_;
    return top;
  }

  void give(void* top) noexcept {
    stack_pool::bind(top, nullptr);
    slot_head& s = stack_pool::head_of(top);
    s.next = first_;
    first_ = &s;
    if (++count_ == 2 * kept) give_back();
  }

 private:
  static constexpr std::size_t kept = 16;

  void give_back() noexcept {
    slot_head* last_kept = first_;
    for (std::size_t i = 1; i < kept; ++i) last_kept = last_kept->next;
    slot_head* first = last_kept->next;
    slot_head* last = first;
    while (last->next) last = last->next;
    last_kept->next = nullptr;
    count_ = kept;
    pool_.release(first, last, kept);
  }

  stack_pool& pool_;
  slot_head* first_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace mn::detail
