#include "crash_handler.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "limits.hpp"
#include "outcome.hpp"
#include "proc_text.hpp"

namespace threadmark::harness {
namespace {

struct watched_signal {
  int number;
  const char* name;
  struct sigaction before;
};

std::array<watched_signal, 3> watched{{{SIGABRT, "SIGABRT", {}}, {SIGSEGV, "SIGSEGV", {}}, {SIGBUS, "SIGBUS", {}}}};

void on_crash(int number, siginfo_t*, void*) {
  be_the_one_to_end();
  for (const watched_signal& one : watched) {
    if (one.number != number) continue;
    line_text reason;
    reason << one.name;
    if (append_crash_limit(reason)) end_trial_at_once(outcome::limit, reason.view());
    ::sigaction(number, &one.before, nullptr);
  }
  // Delivered when this handler returns, to the handler that was there before or to the default action. A fault that
  // is repeated instead, by going back to the faulting instruction, ends the same way.
  ::raise(number);
}

std::size_t signal_stack_size() noexcept {
  const long wanted = ::sysconf(_SC_SIGSTKSZ);
  return std::max<std::size_t>(64 * 1024, wanted > 0 ? static_cast<std::size_t>(wanted) : 0);
}

/// Owns the signal stack of the thread it lives in.
class signal_stack {
 public:
  signal_stack() noexcept {
    stack_t present{};
    if (::sigaltstack(nullptr, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) return;
    void* const memory =
        ::mmap(nullptr, signal_stack_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    // Without one, a crash that leaves the thread's own stack whole is still handled.
    if (memory == MAP_FAILED) return;
    stack_.ss_sp = memory;
    stack_.ss_size = signal_stack_size();
    ::sigaltstack(&stack_, nullptr);
  }
  signal_stack(const signal_stack&) = delete;
  signal_stack& operator=(const signal_stack&) = delete;
  ~signal_stack() {
    if (stack_.ss_sp == nullptr) return;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
    ::munmap(stack_.ss_sp, stack_.ss_size);
  }

 private:
  stack_t stack_{};
};

}  // namespace

void watch_for_crashes() noexcept {
  give_signal_stack();
  for (watched_signal& one : watched) {
    struct sigaction action {};
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    ::sigaction(one.number, &action, &one.before);
  }
}

void give_signal_stack() noexcept {
  [[maybe_unused]] thread_local const signal_stack mine;
}

}  // namespace threadmark::harness
