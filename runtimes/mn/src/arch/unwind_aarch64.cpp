#include "arch/unwind.hpp"

extern "C" {
void mn_bridge(void* sp, void (*f)(void*), void* arg);
extern const char mn_bridge_end[];
}

namespace mn::arch {

const char switch_name[] = "aarch64";

const bool can_unwind_saved = true;

bool can_unwind_interrupted() noexcept {
  return true;
}

void call_below(void* sp, void (*f)(void*), void* arg) noexcept {
  mn_bridge(sp, f, arg);
}

bool is_bridge(const void* address) noexcept {
  return address >= reinterpret_cast<const void*>(&mn_bridge) && address < static_cast<const void*>(mn_bridge_end);
}

}  // namespace mn::arch
