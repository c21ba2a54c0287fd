// Tells the CPU that this is a loop that waits for another one.
#pragma once

namespace mn::arch {

inline void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace mn::arch
