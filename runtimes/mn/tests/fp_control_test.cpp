// The floating-point control words: each task keeps its own, also on another thread, and begins with the runtime's.
#include "arch/fp_control.hpp"

#include <array>
#include <cfenv>

#include "migrate.hpp"
#include "on_cores.hpp"

namespace {

using mn::arch::fp_control;
using mn::arch::read_fp_control;
using mn::arch::restore_fp_control;

#if defined(__x86_64__)

bool operator==(const fp_control& a, const fp_control& b) {
  return ((a.mxcsr ^ b.mxcsr) & mn::arch::mxcsr_control_bits) == 0 && a.x87 == b.x87;
}

/// Eight settings that differ from the usual one in rounding, precision, flushing, and in which exceptions trap.
fp_control unusual(unsigned n) {
  fp_control c = read_fp_control();
  c.mxcsr &= ~0x3fu;                                               // the sticky flags, which no setting is about
  c.mxcsr ^= ((n & 3) + 1) % 4 << 13;                              // rounding of SSE
  c.mxcsr ^= n & 1 ? 1u << 9 : 1u << 11;                           // division by zero, or underflow, traps in SSE
  if (n & 2) c.mxcsr ^= 1u << 15;                                  // flush to zero
  c.x87 ^= static_cast<std::uint16_t>((n & 3) << 10);              // rounding of x87
  c.x87 ^= static_cast<std::uint16_t>(n & 4 ? 1u << 2 : 1u << 8);  // division by zero traps, or less precision, in x87
  return c;
}

#elif defined(__aarch64__)

bool operator==(const fp_control& a, const fp_control& b) {
  return a.fpcr == b.fpcr;
}

fp_control unusual(unsigned n) {
  fp_control c = read_fp_control();
  c.fpcr ^= std::uint64_t{((n & 3) + 1) % 4} << 22;  // rounding
  if (n & 1) c.fpcr ^= 1u << 24;                     // flush to zero
  if (n & 2) c.fpcr ^= 1u << 25;                     // the default NaN
  if (n & 4) c.fpcr ^= 1u << 26;                     // the other half-precision format
  return c;
}

#endif

}  // namespace

#if defined(__x86_64__) || defined(__aarch64__)

TEST(fp_control, every_bit_of_it_stays_with_its_task) {
  on_cores([] {
    const fp_control usual = read_fp_control();
    mn::wait_group wg;
    for (unsigned n = 0; n < 24; ++n) {
      wg.go([n] {
        const fp_control before = read_fp_control();
        const fp_control mine = unusual(n % 8);
        ASSERT_FALSE(mine == before);
        restore_fp_control(mine);
        bool kept = true;  // gtest itself is not called under settings that trap
        for (int i = 0; i < 50 && kept; ++i) {
          mn::yield();
          kept = read_fp_control() == mine;
        }
        restore_fp_control(before);
        EXPECT_TRUE(kept) << "setting " << n % 8;
      });
    }
    wg.wait();
    EXPECT_TRUE(read_fp_control() == usual);
  });
}

TEST(fp_control, moves_with_its_task_to_another_thread) {
  mn::runtime rt(two_cores_and_no_spare);
  rt.run([] {
    const fp_control before = read_fp_control();
    for (unsigned n = 0; n < 8; ++n) {
      const fp_control mine = unusual(n);
      restore_fp_control(mine);
      move_to_another_thread();
      const bool kept = read_fp_control() == mine;
      restore_fp_control(before);
      EXPECT_TRUE(kept) << "setting " << n;
    }
  });
}

TEST(fp_control, a_task_begins_with_the_runtimes_and_not_with_what_another_has_left) {
  on_cores([] {
    const fp_control usual = read_fp_control();
    for (unsigned n = 0; n < 8; ++n) {
      mn::wait_group wg;
      // One that ends and leaves its stack, one that parks and leaves its thread, with unusual settings.
      mn::channel<int> never;
      wg.go([n] { restore_fp_control(unusual(n)); });
      wg.go([=] {
        restore_fp_control(unusual(n));
        (void)never.recv();
      });
      for (int i = 0; i < 8; ++i) {
        wg.go([&usual] {
          const fp_control found = read_fp_control();
          restore_fp_control(usual);
          EXPECT_TRUE(found == usual);
        });
        mn::yield();
      }
      never.close();
      wg.wait();
    }
  });
}

#endif

TEST(fp_control, a_task_begins_with_the_rounding_mode_of_the_runtimes_maker) {
  std::fesetround(FE_DOWNWARD);
  {
    mn::runtime rt({.cores = 1});
    std::fesetround(FE_TONEAREST);
    rt.run([] {
      EXPECT_EQ(std::fegetround(), FE_DOWNWARD);
      std::fesetround(FE_UPWARD);
      mn::go([] { EXPECT_EQ(std::fegetround(), FE_DOWNWARD); });
    });
  }
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
}
