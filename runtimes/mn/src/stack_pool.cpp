#include "stack_pool.hpp"

#include <bit>
#include <mutex>
#include <new>

#include "os/os.hpp"
#include "sanitizer.hpp"
#include "valgrind.hpp"

namespace mn::detail {

stack_pool::stack_pool(std::size_t slot_bytes, std::size_t guard_bytes)
    : slot_bytes_(slot_bytes),
      guard_bytes_(guard_bytes),
      usable_bytes_(slot_bytes - guard_bytes - colours * colour_bytes - sizeof(slot_head)) {}

stack_pool::~stack_pool() {
  for (const unsigned number : known_to_valgrind_) valgrind_deregister(number);
  for (void* r : regions_) {
    sanitizer_forget(r, region_size());
    os::release(r, region_size());
  }
}

void* stack_pool::acquire() noexcept {
  void* slot = nullptr;
  std::uint64_t number = 0;
  {
    std::lock_guard hold(lock_);
    if (free_) {
      slot_head* s = free_;
      free_ = s->next;
      if (--free_count_ < free_unneeded_) free_unneeded_ = free_count_;
      return top_of(*s);
    }
    if (!cold_.empty()) {
      void* top = cold_.back();
      cold_.pop_back();
      return top;
    }
    slot = cut_slot();
    if (!slot) return nullptr;
    number = cut_++;
  }
  guard(slot);
  tell_valgrind(static_cast<std::byte*>(slot) + guard_bytes_);
  return static_cast<std::byte*>(slot) + slot_bytes_ - top_offset(number);
}

void stack_pool::release(slot_head* first, slot_head* last, std::size_t n) noexcept {
  std::lock_guard hold(lock_);
  last->next = free_;
  free_ = first;
  free_count_ += n;
}

std::byte* stack_pool::end_of_slot(void* top) noexcept {
  // Slots end at a page's boundary, and the colours and the head take less than a page.
  static_assert(colours * colour_bytes + sizeof(slot_head) <= 4096);
  const auto page = os::page_bytes();
  return reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(top) / page + 1) * page);
}

void stack_pool::give_back_free(std::size_t at_most) noexcept {
  for (std::size_t given = 0; given < at_most; ++given) {
    void* top = nullptr;
    {
      std::lock_guard hold(lock_);
      if (free_unneeded_ == 0) {
        free_unneeded_ = free_count_;
        return;
      }
      try {
        if (cold_.size() == cold_.capacity()) cold_.reserve(2 * cold_.size() + 64);
      } catch (const std::bad_alloc&) {
        return;
      }
      slot_head* s = free_;
      free_ = s->next;
      --free_count_;
      --free_unneeded_;
      top = top_of(*s);
    }
    std::byte* end = end_of_slot(top);
    os::give_back(end - slot_bytes_ + guard_bytes_, slot_bytes_ - guard_bytes_);
    std::lock_guard hold(lock_);
    cold_.push_back(top);
  }
}

bool stack_pool::has_free() noexcept {
  std::lock_guard hold(lock_);
  return free_count_ > 0;
}

stack_pool::slots stack_pool::slots_from(std::size_t first, std::size_t n) noexcept {
  std::lock_guard hold(lock_);
  if (first >= cut_) return {nullptr, 0};
  const std::size_t in_region = region_size() / slot_bytes_;
  const std::size_t place = first % in_region;
  const std::size_t left = cut_ - first < in_region - place ? cut_ - first : in_region - place;
  return {static_cast<std::byte*>(regions_[first / in_region]) + place * slot_bytes_, n < left ? n : left};
}

task* stack_pool::owner_of(std::size_t number, std::byte* slot) noexcept {
  // Acquire: pairs with the release in bind().
  return head_of(slot + slot_bytes_ - top_offset(number)).owner.load(std::memory_order_acquire);
}

// Under the lock.
void* stack_pool::cut_slot() noexcept {
  if (uncut_ == region_end_) {
    try {
      regions_.reserve(regions_.size() + 1);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    void* region = os::reserve(region_size());
    if (!region) return nullptr;
    regions_.push_back(region);
    uncut_ = static_cast<std::byte*>(region);
    region_end_ = uncut_ + region_size();
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
  if (markers && os::install_guard_marker(lowest, guard_bytes_)) return;
  std::lock_guard hold(lock_);
  markers_work_ = false;
  if (protected_ < protected_guards_at_most && os::protect(lowest, guard_bytes_)) {
    ++protected_;
  } else {
    ++unguarded_;
  }
}

void stack_pool::tell_valgrind(void* lowest) noexcept {
  unsigned number = 0;
  if (!valgrind_register(lowest, slot_bytes_ - guard_bytes_, number)) return;
  std::lock_guard hold(lock_);
  try {
    known_to_valgrind_.push_back(number);
  } catch (const std::bad_alloc&) {
    valgrind_deregister(number);  // its reports will be worse
  }
}

stack_pool::address_range stack_pool::guard_below(const void* top) const noexcept {
  // The tops' stagger is less than a page, so the lowest usable byte lies in the page above the guard.
  const auto lowest_usable = reinterpret_cast<std::uintptr_t>(top) - usable_bytes_;
  return {lowest_usable / os::page_bytes() * os::page_bytes() - guard_bytes_, guard_bytes_};
}

std::uint64_t stack_pool::cut() noexcept {
  std::lock_guard hold(lock_);
  return cut_;
}

std::uint64_t stack_pool::waiting() noexcept {
  std::lock_guard hold(lock_);
  return free_count_ + cold_.size();
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
