// The portable switch: a saved context is the C library's, whose layout only the C library knows.
#include "arch/unwind.hpp"

namespace mn::arch {

const char switch_name[] = "ucontext";

const bool can_unwind_saved = false;

void call_below(void*, void (*)(void*), void*) noexcept {}

bool is_bridge(const void*) noexcept {
  return false;
}

}  // namespace mn::arch
