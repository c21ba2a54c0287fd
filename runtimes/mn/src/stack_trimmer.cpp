#include "stack_trimmer.hpp"

#include <algorithm>

#include "arch/switch.hpp"
#include "mn/detail/task.hpp"
#include "os/os.hpp"
#include "sanitizer.hpp"
#include "scheduler.hpp"

namespace mn::detail {

// Under a sanitizer it stays off: what is marked in a stack must stay as it is.
stack_trimmer::stack_trimmer(scheduler& home)
    : home_(home),
      on_(!sanitized && home.settings.trim_stacks_after.count() > 0),
      first_page_(
          home.settings.stack_bytes / os::page_bytes() > most_pages ? 0 : home.settings.guard_bytes / os::page_bytes()),
      period_ms_(std::clamp<std::int64_t>(home.settings.trim_stacks_after.count() / 20, 1, 250)) {}

std::int64_t stack_trimmer::next_step_in_ms(std::uint32_t idle_since_ms) noexcept {
  if (!on_) return -1;
  if (free_ones_left_ || home_.stacks.has_free()) return period_ms_;
  // From then on every task has waited for long enough, and one pass finds all that there is; before it, a pass would
  // look at the same stacks in vain.
  const std::uint32_t all_wait_for_long_ms =
      idle_since_ms + static_cast<std::uint32_t>(home_.settings.trim_stacks_after.count());
  const auto later_by = [&](std::uint32_t ms) { return static_cast<std::int32_t>(ms - all_wait_for_long_ms); };
  if (pass_ended_ms_ != 0 && later_by(pass_ended_ms_) >= 0) return -1;
  return std::max<std::int64_t>(period_ms_, -later_by(home_.coarse_ms.load(std::memory_order_relaxed)));
}

void stack_trimmer::step() noexcept {
  if (!on_) return;
  home_.stacks.give_back_free(free_slots_a_step);
  free_ones_left_ = home_.stacks.has_free();

  const std::size_t slot_bytes = home_.stacks.slot_bytes();
  const std::size_t slots = home_.stacks.cut();
  if (next_slot_ == 0) pass_began_ms_ = home_.coarse_ms.load(std::memory_order_relaxed);
  const std::size_t at_once = std::max<std::size_t>(1, bytes_a_step / slot_bytes);
  const auto part = home_.stacks.slots_from(next_slot_, at_once);
  const std::size_t pages_a_slot = std::min(slot_bytes / os::page_bytes(), most_pages);
  // Of a slot that is larger than a step only the upper part is looked at: where a stack begins.
  const std::size_t skipped = slot_bytes - pages_a_slot * os::page_bytes();
  if (part.count > 0 && os::resident_pages(part.first + skipped, part.count * slot_bytes - skipped, resident_)) {
    for (std::size_t i = 0; i < part.count; ++i) {
      look_at_slot(next_slot_ + i, part.first + i * slot_bytes + skipped, resident_ + i * pages_a_slot);
    }
  }
  next_slot_ += part.count;
  if (part.count == 0 || next_slot_ >= slots) {
    next_slot_ = 0;
    pass_ended_ms_ = pass_began_ms_ | 1;  // 0 means none
  }
}

void stack_trimmer::look_at_slot(std::size_t number, std::byte* slot, const unsigned char* resident) noexcept {
  const std::size_t pages = std::min(home_.stacks.slot_bytes() / os::page_bytes(), most_pages);
  const auto is_resident = [&](std::size_t page) { return (resident[page] & 1) != 0; };
  if (!is_resident(pages - 1)) return;  // never used, or given back
  std::size_t lowest = first_page_;
  while (lowest < pages - 1 && !is_resident(lowest)) ++lowest;
  if (lowest == pages - 1) return;
  std::byte* const whole = slot + pages * os::page_bytes() - home_.stacks.slot_bytes();
  if (task* t = home_.stacks.owner_of(number, whole)) trim(*t, slot, resident);
}

bool stack_trimmer::waits_for_long(const task& t) const noexcept {
  const auto now = home_.coarse_ms.load(std::memory_order_relaxed);
  return now - t.since_ms.load(std::memory_order_relaxed) >=
         static_cast<std::uint32_t>(home_.settings.trim_stacks_after.count());
}

void stack_trimmer::trim(task& t, std::byte* slot, const unsigned char* resident) noexcept {
  if (t.state.load(std::memory_order_relaxed) != task_state::parked || !waits_for_long(t)) return;
  const std::size_t page = os::page_bytes();
  std::byte* const end = slot + std::min(home_.stacks.slot_bytes() / page, most_pages) * page;
  t.trimming.store(true, std::memory_order_seq_cst);
  if (t.state.load(std::memory_order_seq_cst) == task_state::parked && waits_for_long(t)) {
    auto* const used = static_cast<std::byte*>(arch::lowest_in_use(t.ctx.sp));
    // The slot's owner may have changed since it was read, even to a task whose stack lies elsewhere.
    if (used > slot && used < end) {
      const auto keep = static_cast<std::size_t>(used - slot) / page;
      std::size_t lowest = first_page_, given = 0;
      while (lowest < keep && !(resident[lowest] & 1)) ++lowest;
      for (std::size_t i = lowest; i < keep; ++i) given += resident[i] & 1;
      if (lowest < keep) {
        os::give_back(slot + lowest * page, (keep - lowest) * page);
        home_.trimmed_bytes.fetch_add(given * page, std::memory_order_relaxed);
      }
    }
  }
  t.trimming.store(false, std::memory_order_release);
}

}  // namespace mn::detail
