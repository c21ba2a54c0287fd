// Builds the frame that switch_aarch64.S expects on a stack that has never run.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "arch/switch.hpp"

extern "C" void mn_first_frame();

namespace mn::arch {
namespace {

struct saved_frame {
  std::uint64_t fpcr;
  std::uint64_t unused;
  std::uint64_t x19_to_x28[10];
  std::uint64_t x29;
  std::uint64_t x30;
  std::uint64_t d8_to_d15[8];
};
static_assert(sizeof(saved_frame) == 176 && sizeof(saved_frame) % 16 == 0 && offsetof(saved_frame, x19_to_x28) == 16 &&
                  offsetof(saved_frame, x29) == 96 && offsetof(saved_frame, x30) == 104 &&
                  offsetof(saved_frame, d8_to_d15) == 112,
              "switch_aarch64.S stores and loads this layout");

// Signs a return address as a function does that is entered with this stack pointer; the bare address without PAC.
std::uint64_t signed_for(std::uint64_t address, [[maybe_unused]] const void* sp) noexcept {
#if defined(__ARM_FEATURE_PAC_DEFAULT)
  register std::uint64_t x17 asm("x17") = address;
  register const void* x16 asm("x16") = sp;
#if __ARM_FEATURE_PAC_DEFAULT & 2
  asm("hint #10" : "+r"(x17) : "r"(x16));  // pacib1716
#else
  asm("hint #8" : "+r"(x17) : "r"(x16));  // pacia1716
#endif
  return x17;
#else
  return address;
#endif
}

}  // namespace

void* prepare_stack(void* top, std::size_t, entry first) noexcept {
  // The first frame starts with `top` as its stack pointer, which is aligned to 16 bytes as AAPCS64 demands. Its x29 is
  // zero: there the chain of frames ends.
  auto* at = static_cast<std::byte*>(top) - sizeof(saved_frame);
  saved_frame frame{};
  // That of now: worker::task_main sets a task's own.
  asm volatile("mrs %0, fpcr" : "=r"(frame.fpcr));
  frame.x19_to_x28[0] = reinterpret_cast<std::uint64_t>(first);
  frame.x30 = signed_for(reinterpret_cast<std::uint64_t>(&mn_first_frame), top);
  std::memcpy(at, &frame, sizeof frame);
  return at;
}

void* lowest_in_use(void* saved) noexcept {
  return saved;
}

}  // namespace mn::arch
