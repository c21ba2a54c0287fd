// The portable switch: a saved context is the C library's, whose layout only the C library knows.
#include "arch/switch_ucontext.hpp"
#include "arch/unwind.hpp"

namespace mn::arch {

const char switch_name[] = "ucontext";

const bool can_unwind_saved = false;

bool can_unwind_interrupted() noexcept {
  return !is_switching();
}

void call_below(void*, void (*)(void*), void*) noexcept {}

bool is_bridge(const void*) noexcept {
  return false;
}

}  // namespace mn::arch
