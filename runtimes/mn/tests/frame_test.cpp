// What a task finds on a stack of its own: frames aligned as the ABI says, and an end for backtraces.
#include <unwind.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "migrate.hpp"
#include "on_cores.hpp"

#if defined(__x86_64__) || defined(__aarch64__)
extern "C" void mn_first_frame();
#endif

namespace {

std::uintptr_t misaligned(const void* at, std::uintptr_t to) {
  asm volatile("" : "+r"(at));  // not what the compiler takes for granted
  return reinterpret_cast<std::uintptr_t>(at) % to;
}

void check_alignment() {
  alignas(16) char of_the_abi[16];
  alignas(32) char of_a_vector[32];
  alignas(64) char of_a_line[64];
  EXPECT_EQ(misaligned(__builtin_frame_address(0), 16), 0u);
  EXPECT_EQ(misaligned(of_the_abi, 16), 0u);
  EXPECT_EQ(misaligned(of_a_vector, 32), 0u);
  EXPECT_EQ(misaligned(of_a_line, 64), 0u);
#if defined(__x86_64__)
  asm volatile("movaps %%xmm0, %0" : "=m"(of_the_abi));  // faults where it is not
#endif
}

struct backtrace {
  static constexpr std::size_t more_than_enough = 200;
  std::vector<std::uintptr_t> functions;  ///< where each frame's function begins, the innermost first
  _Unwind_Reason_Code ended = _URC_NO_REASON;
};

MN_OPAQUE backtrace backtrace_from_here() {
  backtrace b;
  b.ended = _Unwind_Backtrace(
      [](_Unwind_Context* frame, void* arg) {
        auto& found = static_cast<backtrace*>(arg)->functions;
        found.push_back(reinterpret_cast<std::uintptr_t>(
            _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(_Unwind_GetIP(frame) - 1))));
        return found.size() == backtrace::more_than_enough ? _URC_NORMAL_STOP : _URC_NO_REASON;
      },
      &b);
  return b;
}

MN_OPAQUE void inner_function(backtrace& b) {
  b = backtrace_from_here();
  asm volatile("" : : : "memory");  // no tail call
}

MN_OPAQUE void outer_function(backtrace& b) {
  inner_function(b);
  asm volatile("" : : : "memory");
}

bool has(const backtrace& b, void (*f)(backtrace&)) {
  return std::find(b.functions.begin(), b.functions.end(), reinterpret_cast<std::uintptr_t>(f)) != b.functions.end();
}

void check_backtrace() {
  backtrace b;
  outer_function(b);
  EXPECT_EQ(b.ended, _URC_END_OF_STACK);
  EXPECT_LT(b.functions.size(), backtrace::more_than_enough);
  EXPECT_TRUE(has(b, inner_function));
  EXPECT_TRUE(has(b, outer_function));
}

}  // namespace

TEST(frame, is_aligned_on_a_new_stack_and_on_one_that_is_used_again) {
  on_cores([] {
    mn::channel<int> gate;
    mn::wait_group wg;
    // More than there are different offsets of stack tops, all bound at once.
    for (int i = 0; i < 40; ++i) {
      wg.go([=] {
        check_alignment();
        (void)gate.recv();
        check_alignment();
      });
    }
    mn::yield();
    gate.close();
    wg.wait();
    for (int i = 0; i < 40; ++i) wg.go(check_alignment);
    wg.wait();
  });
}

TEST(frame, a_backtrace_ends_at_the_first_frame_of_the_stack) {
  on_cores([] {
    mn::wait_group wg;
    for (int i = 0; i < 20; ++i) {
      wg.go([] {
        check_backtrace();
        mn::yield();
        check_backtrace();
      });
    }
    wg.wait();
  });
}

TEST(frame, a_backtrace_ends_also_after_the_task_has_moved) {
  mn::runtime rt(two_cores_and_no_spare);
  rt.run([] {
    move_to_another_thread();
    check_backtrace();
  });
}

TEST(frame, an_exception_finds_its_handler_across_all_of_a_tasks_frames) {
  struct thrower {
    MN_OPAQUE static void at_depth(int n) {
      if (n == 0) throw n;
      at_depth(n - 1);
      asm volatile("" : : : "memory");
    }
  };
  on_cores([] {
    for (int depth : {0, 1, 10, 100}) EXPECT_THROW(thrower::at_depth(depth), int);
  });
}
