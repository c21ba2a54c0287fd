// Builds the frame that switch_x86_64.S expects on a stack that has never run.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "arch/switch.hpp"

extern "C" void mn_first_frame();

namespace mn::arch {
namespace {

struct saved_frame {
  std::uint32_t mxcsr;
  std::uint16_t x87_control;
  std::uint16_t unused;
  std::uint64_t r15, r14, r13, r12, rbx, rbp;
  void (*return_address)();
};
static_assert(sizeof(saved_frame) == 64 && offsetof(saved_frame, r12) == 32 &&
                  offsetof(saved_frame, return_address) == 56,
              "switch_x86_64.S pushes and pops this layout");

}  // namespace

void* prepare_stack(void* top, std::size_t, entry first) noexcept {
  // mn_first_frame's call needs rsp aligned to 16 bytes: 16 zero bytes (a null return address for unwinders) above
  // the frame keep it so, as the frame itself is 64 bytes.
  auto* at = static_cast<std::byte*>(top) - 16;
  std::memset(at, 0, 16);
  saved_frame frame{};
  // The ABI's initial ones, which nearly always are those in force; worker::task_main sets a task's own.
  frame.mxcsr = 0x1f80;
  frame.x87_control = 0x037f;
  frame.r12 = reinterpret_cast<std::uint64_t>(first);
  frame.return_address = mn_first_frame;
  at -= sizeof frame;
  std::memcpy(at, &frame, sizeof frame);
  return at;
}

void* lowest_in_use(void* saved) noexcept {
  return saved;  // the red zone below it is that of mn_switch, which uses none
}

}  // namespace mn::arch
