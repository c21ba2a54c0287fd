// Using so much of a task's stack, and giving memory back when asked: what the workloads about memory over time need.
#pragma once

#include <malloc.h>

#include <cstdint>
#include <cstring>

namespace threadmark::workloads {

inline constexpr std::uint64_t frame_bytes = 256;  ///< a call's own; what the compiler adds comes on top

/// Calls itself `frames` times, each call with `frame_bytes` of its own filled from `value`, runs `at_the_bottom`, and
/// adds up on the way back what each call finds in its own.
template <class F>
[[gnu::noinline]] std::uint64_t go_deep(std::uint64_t frames, std::uint64_t value, F& at_the_bottom) {
  if (frames == 0) {
    at_the_bottom();
    return 0;
  }
  unsigned char own[frame_bytes];
  std::memset(own, static_cast<unsigned char>(value + frames), sizeof own);
  asm volatile("" : : "r"(own) : "memory");  // somebody might read them, so they have to be there
  std::uint64_t sum = go_deep(frames - 1, value, at_the_bottom);
  for (const unsigned char byte : own) sum += byte;
  return sum;
}

/// What `go_deep` returns where nobody has touched the calls' own.
constexpr std::uint64_t right_depth_sum(std::uint64_t frames, std::uint64_t value) {
  std::uint64_t sum = 0;
  for (; frames != 0; --frames) sum += frame_bytes * static_cast<unsigned char>(value + frames);
  return sum;
}

/// Asks the allocator for what it holds and does not need to be given back to the system.
inline void ask_to_give_back() {
  malloc_trim(0);
}

}  // namespace threadmark::workloads
