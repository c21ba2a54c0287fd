// A stack overflow is explained, and every other fault goes to whoever handled it before.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <mn/mn.hpp>
#include <string>
#include <utility>

#include "scheduler.hpp"
#include "worker.hpp"

// The sanitizers report faults themselves; mn leaves theirs alone.
#if !defined(MN_TSAN) && !defined(MN_ASAN)

namespace {

using testing::ContainsRegex;
using testing::ExitedWithCode;
using testing::KilledBySignal;
using testing::MatchesRegex;

constexpr int without_end = 1 << 30;

[[gnu::noinline]] int descend(int depth) {
  char frame[200];
  frame[0] = static_cast<char>(depth);
  asm volatile("" : : "r"(frame) : "memory");
  const int below = depth == without_end ? 0 : descend(depth + 1);
  asm volatile("" : : "r"(frame) : "memory");
  return below + 1;
}

void overflow_in_a_task(const mn::options& o) {
  mn::runtime rt(o);
  rt.run([] { mn::go([] { descend(0); }); });
}

void touch(const void* at) {
  // Of nobody's memory, on purpose.
  // NOLINTNEXTLINE(bugprone-casting-through-void,clang-analyzer-core.NullDereference)
  *static_cast<volatile char*>(const_cast<void*>(at)) = 1;
}

void touch_nothing_in_a_task() {
  mn::runtime rt({.cores = 1});
  rt.run([] { touch(nullptr); });
}

// A handler as a program may have it, installed before the first runtime.
void* page_of_the_program = nullptr;

void install(void (*handler)(int, siginfo_t*, void*), int flags = 0) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | flags;
  sigaction(SIGSEGV, &action, nullptr);
}

void say(const char* text) {
  (void)!write(STDERR_FILENO, text, std::strlen(text));
}

void say_and_end(int, siginfo_t*, void*) {
  say("the program's handler\n");
  _exit(7);
}

void say_and_raise(int number, siginfo_t*, void*) {
  say("the program's handler\n");
  raise(number);
}

void open_the_page(int, siginfo_t*, void*) {
  mprotect(page_of_the_program, 4096, PROT_READ | PROT_WRITE);
}

/// All that is said. (An emulator of another CPU adds a line of its own.)
auto only(const std::string& text) {
  return MatchesRegex(text + "(qemu: .*)?");
}

/// A test that needs a process without mn's handler: the binary is started anew for it.
class fault_chain_death : public testing::Test {
 protected:
  fault_chain_death() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  ~fault_chain_death() override { GTEST_FLAG_SET(death_test_style, "fast"); }
};

}  // namespace

TEST(overflow_death, is_explained_and_ends_the_process_by_a_segmentation_fault) {
  EXPECT_EXIT(overflow_in_a_task({.cores = 1, .stack_bytes = 64 * 1024}), KilledBySignal(SIGSEGV),
              only("mn: stack overflow in task [0-9]+, spawned at .*overflow_test.cpp:[0-9]+: its stack is 65536 "
                   "bytes; raise mn::options::stack_bytes\n"));
}

TEST(overflow_death, is_explained_with_the_tasks_name_on_every_size_and_guard) {
  for (const std::size_t stack : {16u * 1024, 128u * 1024, 1024u * 1024}) {
    for (const std::size_t guard : {0u, 4096u, 8192u}) {
      EXPECT_EXIT(
          {
            mn::runtime rt({.cores = 2, .stack_bytes = stack, .guard_bytes = guard});
            rt.run([] {
              // Several slots, so that the stagger of their tops is met.
              mn::channel<int> never;
              for (int i = 0; i < 20; ++i) mn::go([=] { (void)never.recv(); });
              mn::yield();
              mn::go([] {
                mn::detail::current_worker()->current->name.store("deep one");
                mn::yield();
                descend(0);
              });
            });
          },
          KilledBySignal(SIGSEGV),
          ContainsRegex("mn: stack overflow in task [0-9]+ \"deep one\", spawned at .*: its stack is " +
                        std::to_string(stack) + " bytes"));
    }
  }
}

template <int bytes>
struct yielding_recursion {
  [[gnu::noinline]] static void descend(int depth) {
    char frame[bytes];
    asm volatile("" : : "r"(frame) : "memory");
    mn::yield();
    if (depth < without_end) descend(depth + 1);
    asm volatile("" : : "r"(frame) : "memory");
  }
};

// Frames of many sizes, so that the guard is met at many places of yield(), also when the next task is already chosen.
TEST(overflow_death, is_explained_also_where_mn_itself_steps_on_the_guard) {
  const auto overflow = [](void (*recursion)(int)) {
    EXPECT_EXIT(
        {
          mn::runtime rt({.cores = 1, .stack_bytes = 16 * 1024});
          rt.run([=] {
            mn::go([] {
              for (;;) mn::yield();
            });
            recursion(0);
          });
        },
        KilledBySignal(SIGSEGV), ContainsRegex("mn: stack overflow in task 1, spawned at "));
  };
  [&]<int... n>(std::integer_sequence<int, n...>) {
    (overflow(yielding_recursion<16 + 16 * n>::descend), ...);
  }(std::make_integer_sequence<int, 32>());
}

TEST(overflow_death, a_wild_pointer_into_a_guard_is_none) {
  EXPECT_EXIT(
      {
        mn::runtime rt({.cores = 1});
        rt.run([] {
          const auto* w = mn::detail::current_worker();
          touch(reinterpret_cast<void*>(w->home.stacks.guard_below(w->current->stack).lowest));
        });
      },
      KilledBySignal(SIGSEGV), only(""));
}

TEST(overflow_death, a_fault_of_another_kind_is_none) {
  EXPECT_EXIT(touch_nothing_in_a_task(), KilledBySignal(SIGSEGV), only(""));
}

TEST(overflow_death, a_signal_that_was_sent_is_none) {
  EXPECT_EXIT(
      {
        mn::runtime rt({.cores = 1});
        rt.run([] { raise(SIGSEGV); });
      },
      KilledBySignal(SIGSEGV), only(""));
}

TEST(overflow_death, is_not_explained_where_that_is_switched_off) {
  EXPECT_EXIT(overflow_in_a_task({.cores = 1, .report_stack_overflow = false}), KilledBySignal(SIGSEGV), only(""));
}

TEST_F(fault_chain_death, the_handler_that_was_there_hears_of_an_overflow_after_it_was_explained) {
  EXPECT_EXIT(
      {
        install(say_and_end);
        overflow_in_a_task({.cores = 1});
      },
      ExitedWithCode(7), only("mn: stack overflow in task .*\nthe program's handler\n"));
}

TEST_F(fault_chain_death, the_handler_that_was_there_gets_every_other_fault) {
  EXPECT_EXIT(
      {
        install(say_and_end);
        touch_nothing_in_a_task();
      },
      ExitedWithCode(7), only("the program's handler\n"));
}

TEST_F(fault_chain_death, a_handler_that_wanted_to_be_called_once_is_called_once) {
  EXPECT_EXIT(
      {
        install(say_and_raise, SA_RESETHAND);
        touch_nothing_in_a_task();
      },
      KilledBySignal(SIGSEGV), only("the program's handler\n"));
}

TEST_F(fault_chain_death, a_handler_that_mends_the_fault_lets_the_task_go_on) {
  EXPECT_EXIT(
      {
        page_of_the_program = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        install(open_the_page);
        mn::runtime rt({.cores = 2});
        rt.run([] {
          for (int i = 0; i < 3; ++i) {
            mprotect(page_of_the_program, 4096, PROT_NONE);
            touch(page_of_the_program);
            mn::yield();
          }
        });
        say("went on\n");
        _exit(0);
      },
      ExitedWithCode(0), only("went on\n"));
}

TEST_F(fault_chain_death, several_runtimes_one_after_the_other_leave_the_handler_that_was_there_in_place) {
  EXPECT_EXIT(
      {
        install(say_and_end);
        for (int i = 0; i < 3; ++i) {
          mn::runtime rt({.cores = 1});
          rt.run([] {});
        }
        overflow_in_a_task({.cores = 1});
      },
      ExitedWithCode(7), only("mn: stack overflow in task .*\nthe program's handler\n"));
}

#endif
