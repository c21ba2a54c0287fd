#include "stack_pool.hpp"

#include <bit>
#include <mutex>
#include <new>

#include "os/os.hpp"
#include "sanitizer.hpp"

namespace mn::detail {

stack_pool::stack_pool(std::size_t slot_bytes)
    : slot_bytes_(slot_bytes), usable_bytes_(slot_bytes - os::page_bytes() - colours * colour_bytes) {}

stack_pool::~stack_pool() {
  const std::size_t bytes = region_bytes > slot_bytes_ ? region_bytes : slot_bytes_;
  for (void* r : regions_) {
    sanitizer_forget(r, bytes);
    os::release(r, bytes);
  }
}

void* stack_pool::acquire() noexcept {
  void* slot = nullptr;
  std::uint64_t number = 0;
  {
    std::lock_guard hold(lock_);
    if (free_) {
      free_stack* s = free_;
      free_ = s->next;
      --free_count_;
      return top_of(s);
    }
    slot = cut_slot();
    if (!slot) return nullptr;
    number = cut_++;
  }
  guard(slot);
  return static_cast<std::byte*>(slot) + slot_bytes_ - (number % colours) * colour_bytes;
}

void stack_pool::release(free_stack* first, free_stack* last, std::size_t n) noexcept {
  std::lock_guard hold(lock_);
  last->next = free_;
  free_ = first;
  free_count_ += n;
}

// Under the lock.
void* stack_pool::cut_slot() noexcept {
  if (uncut_ == region_end_) {
    const std::size_t bytes = region_bytes > slot_bytes_ ? region_bytes : slot_bytes_;
    try {
      regions_.reserve(regions_.size() + 1);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    void* region = os::reserve(bytes);
    if (!region) return nullptr;
    regions_.push_back(region);
    uncut_ = static_cast<std::byte*>(region);
    region_end_ = uncut_ + bytes;
  }
  void* slot = uncut_;
  uncut_ += slot_bytes_;
  return slot;
}

void stack_pool::guard(void* lowest) noexcept {
  bool markers;
  {
    std::lock_guard hold(lock_);
    markers = markers_work_;
  }
  if (markers && os::install_guard_marker(lowest)) return;
  std::lock_guard hold(lock_);
  markers_work_ = false;
  if (protected_ < protected_guards_at_most && os::protect_page(lowest)) {
    ++protected_;
  } else {
    ++unguarded_;
  }
}

std::uint64_t stack_pool::cut() noexcept {
  std::lock_guard hold(lock_);
  return cut_;
}

std::uint64_t stack_pool::free() noexcept {
  std::lock_guard hold(lock_);
  return free_count_;
}

std::uint64_t stack_pool::unguarded() noexcept {
  std::lock_guard hold(lock_);
  return unguarded_;
}

guard_kind stack_pool::guards() noexcept {
  std::lock_guard hold(lock_);
  return markers_work_ ? guard_kind::marker : guard_kind::protection;
}

}  // namespace mn::detail
