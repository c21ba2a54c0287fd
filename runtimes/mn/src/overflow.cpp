#include "overflow.hpp"

#include <cstdint>
#include <string_view>

#include "os/os.hpp"
#include "sanitizer.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

// How far below the stack pointer code may touch its stack: the red zone, a call's return address, a store that moves
// the stack pointer only if it succeeds.
constexpr std::uintptr_t below_stack_pointer = 1024;

// A line of text, made without allocating and without the C library's formatting, which a signal handler may not use.
class line {
 public:
  line& operator<<(std::string_view s) noexcept {
    for (const char c : s) {
      if (length_ < sizeof text_) text_[length_++] = c;
    }
    return *this;
  }
  line& operator<<(std::uint64_t n) noexcept {
    char digits[20];
    std::size_t first = sizeof digits;
    do {
      digits[--first] = static_cast<char>('0' + n % 10);
    } while ((n /= 10) != 0);
    return *this << std::string_view(digits + first, sizeof digits - first);
  }
  [[nodiscard]] std::string_view text() const noexcept { return {text_, length_}; }

 private:
  std::size_t length_ = 0;
  char text_[1024];
};

bool overflowed(const task* t, const stack_pool& stacks, const os::fault& f) noexcept {
  if (!t || !t->stack) return false;
  const auto guard = stacks.guard_below(t->stack);
  return f.address - guard.lowest < guard.bytes &&
         (f.stack_pointer == 0 || f.stack_pointer <= f.address + below_stack_pointer);
}

void explain(const os::fault& f) noexcept {
  const worker* w = current_worker();
  if (!w || !w->home.settings.report_stack_overflow) return;
  const stack_pool& stacks = w->home.stacks;
  const task* t = w->current;
  if (!overflowed(t, stacks, f)) t = w->leaving;
  if (!overflowed(t, stacks, f)) return;
  line l;
  l << "mn: stack overflow in task " << t->id.load(std::memory_order_relaxed);
  // Relaxed: only the task itself, which has been stopped here, sets its name.
  if (const char* name = t->name.load(std::memory_order_relaxed)) l << " \"" << name << "\"";
  l << ", spawned at " << t->file.load(std::memory_order_relaxed) << ":" << t->line.load(std::memory_order_relaxed)
    << ": its stack is " << stacks.slot_bytes() << " bytes; raise mn::options::stack_bytes\n";
  os::write_error(l.text());
}

}  // namespace

overflow_watch::overflow_watch(const options& o) noexcept {
  if (sanitized || !o.report_stack_overflow) return;
  os::watch_faults(explain);
  stack_.emplace();
}

}  // namespace mn::detail
