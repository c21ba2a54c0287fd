// The floating-point control words: rounding, flushing to zero, which exceptions trap. A switch keeps each task's own
// (switch.hpp); these functions make sure that a task begins with those of its worker and not with what another task
// has left on the same stack or thread. Flags that only record what has happened do not count as control.
#pragma once

#include <cstdint>

#if !defined(__x86_64__) && !defined(__aarch64__)
#include <cfenv>
#endif

namespace mn::arch {

#if defined(__x86_64__)

struct fp_control {
  std::uint32_t mxcsr = 0;
  std::uint16_t x87 = 0;
};

inline constexpr std::uint32_t mxcsr_control_bits = 0xffc0;

inline fp_control read_fp_control() noexcept {
  fp_control c;
  asm volatile("stmxcsr %0" : "=m"(c.mxcsr));
  asm volatile("fnstcw %0" : "=m"(c.x87));
  return c;
}

/// Comparing is cheap, loading is not, and they seldom differ.
inline void restore_fp_control(const fp_control& c) noexcept {
  const fp_control now = read_fp_control();
  if ((now.mxcsr ^ c.mxcsr) & mxcsr_control_bits) [[unlikely]] {
    asm volatile("ldmxcsr %0" : : "m"(c.mxcsr));
  }
  if (now.x87 != c.x87) [[unlikely]] {
    asm volatile("fldcw %0" : : "m"(c.x87));
  }
}

#elif defined(__aarch64__)

struct fp_control {
  std::uint64_t fpcr = 0;
};

inline fp_control read_fp_control() noexcept {
  fp_control c;
  asm volatile("mrs %0, fpcr" : "=r"(c.fpcr));
  return c;
}

/// Comparing is cheap, writing is not, and they seldom differ.
inline void restore_fp_control(const fp_control& c) noexcept {
  if (read_fp_control().fpcr != c.fpcr) [[unlikely]] {
    asm volatile("msr fpcr, %0" : : "r"(c.fpcr));
  }
}

#else

struct fp_control {
  std::fenv_t environment;
};

inline fp_control read_fp_control() noexcept {
  fp_control c;
  std::fegetenv(&c.environment);
  return c;
}

inline void restore_fp_control(const fp_control& c) noexcept {
  std::fesetenv(&c.environment);
}

#endif

}  // namespace mn::arch
