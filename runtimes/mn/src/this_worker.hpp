// Which worker the calling thread is. A task may go on on another thread after any switch, so the answer must be read
// anew each time: the compiler may keep neither the value nor the thread-local's address across a switch (it takes
// both for constant within a function, also after inlining with -flto).
//
// On x86-64 and aarch64 the read is a few instructions that the compiler cannot see through. Elsewhere it is a call
// that is never inlined.
#pragma once

namespace mn::detail {

class worker;

// Initial-exec: its place relative to the thread pointer is the same for all threads of the process.
extern "C" {
[[gnu::visibility("hidden"), gnu::tls_model("initial-exec")]] extern thread_local constinit worker* mn_this_worker;
}

#if defined(__x86_64__)

[[gnu::always_inline]] inline worker* current_worker() noexcept {
  worker* w;
  asm volatile(
      "movq mn_this_worker@gottpoff(%%rip), %0\n\t"
      "movq %%fs:(%0), %0"
      : "=&r"(w));
  return w;
}

#elif defined(__aarch64__)

[[gnu::always_inline]] inline worker* current_worker() noexcept {
  worker* w;
  void* offset;
  asm volatile(
      "adrp %1, :gottprel:mn_this_worker\n\t"
      "ldr %1, [%1, :gottprel_lo12:mn_this_worker]\n\t"
      "mrs %0, tpidr_el0\n\t"
      "ldr %0, [%0, %1]"
      : "=&r"(w), "=&r"(offset));
  return w;
}

#else

[[gnu::noinline]] worker* current_worker() noexcept;

#endif

}  // namespace mn::detail
