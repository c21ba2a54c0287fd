// What a switch must preserve, also when the task goes on on another thread.
#include "arch/switch.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cfenv>
#include <exception>
#include <stdexcept>
#include <string>

#include "on_cores.hpp"

#if defined(__ARM_FEATURE_BTI_DEFAULT)
extern "C" const char etext;  // the linker's: where the program's code ends
#endif

namespace {

void give_way_often() {
  for (int i = 0; i < 50; ++i) mn::yield();
}

}  // namespace

TEST(switch_to, keeps_the_registers) {
  on_cores([] {
    mn::wait_group wg;
    for (unsigned long n = 0; n < 20; ++n) {
      wg.go([n] {
        // More live values than there are scratch registers.
        unsigned long a = n, b = n + 1, c = n + 2, d = n + 3, e = n + 4, f = n + 5, g = n + 6, h = n + 7;
        for (int i = 0; i < 100; ++i) {
          mn::yield();
          a += b, b += c, c += d, d += e, e += f, f += g, g += h, h += a;
        }
        unsigned long a2 = n, b2 = n + 1, c2 = n + 2, d2 = n + 3, e2 = n + 4, f2 = n + 5, g2 = n + 6, h2 = n + 7;
        for (int i = 0; i < 100; ++i) a2 += b2, b2 += c2, c2 += d2, d2 += e2, e2 += f2, f2 += g2, g2 += h2, h2 += a2;
        EXPECT_EQ(a, a2);
        EXPECT_EQ(h, h2);
      });
    }
    wg.wait();
  });
}

TEST(switch_to, an_exception_being_handled_stays_with_its_task) {
  on_cores([] {
    mn::wait_group wg;
    for (int n = 0; n < 20; ++n) {
      wg.go([n] {
        const auto expected = "from task " + std::to_string(n);
        try {
          throw std::runtime_error(expected);
        } catch (...) {
          give_way_often();
          try {
            throw;  // the current exception must still be this task's
          } catch (const std::runtime_error& e) {
            EXPECT_EQ(e.what(), expected);
            give_way_often();
          }
        }
        EXPECT_EQ(std::current_exception(), nullptr);
        EXPECT_EQ(std::uncaught_exceptions(), 0);
      });
    }
    wg.wait();
  });
}

TEST(switch_to, a_task_may_give_way_while_an_exception_unwinds_its_stack) {
  on_cores([] {
    struct gives_way {
      ~gives_way() {
        EXPECT_EQ(std::uncaught_exceptions(), 1);
        give_way_often();
        EXPECT_EQ(std::uncaught_exceptions(), 1);
      }
    };
    mn::wait_group wg;
    for (int n = 0; n < 20; ++n) {
      wg.go([] {
        try {
          gives_way g;
          throw 1;
          // NOLINTNEXTLINE(bugprone-empty-catch): what is tried is that it is caught here
        } catch (int) {
        }
        EXPECT_EQ(std::uncaught_exceptions(), 0);
      });
    }
    wg.wait();
  });
}

TEST(switch_to, keeps_the_floating_point_registers) {
  on_cores([] {
    mn::wait_group wg;
    for (int n = 0; n < 20; ++n) {
      wg.go([n] {
        // More live values than there are callee-saved ones, where an ABI has such.
        double a = n, b = a + 1, c = a + 2, d = a + 3, e = a + 4, f = a + 5, g = a + 6, h = a + 7, k = a + 8;
        double a2 = a, b2 = b, c2 = c, d2 = d, e2 = e, f2 = f, g2 = g, h2 = h, k2 = k;
        for (int i = 0; i < 100; ++i) {
          mn::yield();
          a += 1, b += 2, c += 3, d += 4, e += 5, f += 6, g += 7, h += 8, k += 9;
        }
        for (int i = 0; i < 100; ++i) a2 += 1, b2 += 2, c2 += 3, d2 += 4, e2 += 5, f2 += 6, g2 += 7, h2 += 8, k2 += 9;
        const double got[] = {a, b, c, d, e, f, g, h, k}, expected[] = {a2, b2, c2, d2, e2, f2, g2, h2, k2};
        EXPECT_TRUE(std::ranges::equal(got, expected));
      });
    }
    wg.wait();
  });
}

TEST(switch_to, the_rounding_mode_stays_with_its_task) {
  on_cores([] {
    mn::wait_group wg;
    const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (int n = 0; n < 20; ++n) {
      wg.go([mode = modes[n % 4]] {
        std::fesetround(mode);
        for (int i = 0; i < 50; ++i) {
          mn::yield();
          ASSERT_EQ(std::fegetround(), mode);
        }
        std::fesetround(FE_TONEAREST);
      });
    }
    wg.wait();
    EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  });
}

// Without a runtime: the contract of arch/switch.hpp alone. Sanitizers are not told of these switches.
#if !defined(MN_TSAN) && !defined(MN_ASAN)

namespace {

struct two_contexts {
  void* starter = nullptr;
  void* started = nullptr;
  int visits = 0;
} contexts;

void count_visits() {
  for (;;) {
    ++contexts.visits;
    mn_switch(&contexts.started, contexts.starter);
  }
}

// Where the compiler makes landing pads, indirect branches into this program must hit one from now on.
void demand_landing_pads() {
#if defined(__ARM_FEATURE_BTI_DEFAULT)
  constexpr int prot_bti = 0x10;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto first = reinterpret_cast<std::uintptr_t>(&count_visits) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(&etext) / page * page;
  for (auto at = first; at < end; at += page)
    ASSERT_EQ(mprotect(reinterpret_cast<void*>(at), page, PROT_READ | PROT_EXEC | prot_bti), 0);
#endif
}

}  // namespace

TEST(arch, a_new_stack_is_entered_and_left_also_by_a_call_through_a_pointer) {
  demand_landing_pads();
  alignas(16) static std::byte stack[256 * 1024];
  auto* volatile change = &mn_switch;
  contexts.started = mn::arch::prepare_stack(stack + sizeof stack, sizeof stack, count_visits);
  for (int n = 1; n <= 10; ++n) {
    change(&contexts.starter, contexts.started);
    ASSERT_EQ(contexts.visits, n);
  }
  contexts = {};
}

#endif
