#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/fault.hpp"

namespace mn::os {
namespace {

// Written before the handler is installed; what was there before is changed only where it wanted to be called once.
void (*look_at)(const fault&) noexcept = nullptr;
struct sigaction segv_before, bus_before;

std::uintptr_t stack_pointer_of([[maybe_unused]] const void* context) noexcept {
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RSP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(static_cast<const ucontext_t*>(context)->uc_mcontext.sp);
#else
  return 0;
#endif
}

// As the kernel would have called what was there before.
void hand_on(int number, siginfo_t* info, void* context) noexcept {
  struct sigaction& installed = number == SIGBUS ? bus_before : segv_before;
  const struct sigaction before = installed;
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  const bool sent = info->si_code <= 0;  // by kill() or raise(), not by an access
  if (!(before.sa_flags & SA_SIGINFO) && (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN)) {
    if (sent && before.sa_handler == SIG_IGN) return;
    sigaction(number, &by_default, nullptr);
    // What was sent is sent once more, blocked until this handler returns; an access is repeated by itself.
    if (sent) raise(number);
    return;
  }
  if (before.sa_flags & SA_RESETHAND) installed = by_default;
  sigset_t self;
  sigemptyset(&self);
  sigaddset(&self, number);
  if (before.sa_flags & SA_NODEFER) pthread_sigmask(SIG_UNBLOCK, &self, nullptr);
  pthread_sigmask(SIG_BLOCK, &before.sa_mask, nullptr);  // returning from the handler restores the mask
  if (before.sa_flags & SA_SIGINFO) {
    before.sa_sigaction(number, info, context);
  } else {
    before.sa_handler(number);
  }
}

void on_signal(int number, siginfo_t* info, void* context) noexcept {
  const int kept = errno;
  if (info->si_code > 0) look_at({reinterpret_cast<std::uintptr_t>(info->si_addr), stack_pointer_of(context)});
  hand_on(number, info, context);
  errno = kept;
}

void install(int number, struct sigaction& before) noexcept {
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(number, nullptr, &before);  // known before the handler can be called
  sigaction(number, &action, nullptr);
}

}  // namespace

void watch_faults(void (*look)(const fault&) noexcept) noexcept {
  // Whoever comes second waits here until the first has installed it.
  [[maybe_unused]] static const bool installed = [look] {
    look_at = look;
    install(SIGSEGV, segv_before);
    install(SIGBUS, bus_before);
    return true;
  }();
}

signal_stack::signal_stack() noexcept {
  stack_t present{};
  if (sigaltstack(nullptr, &present) != 0 || !(present.ss_flags & SS_DISABLE)) return;
  const long needed = sysconf(_SC_SIGSTKSZ);  // depends on how many registers the CPU has
  bytes_ = std::max<std::size_t>(64 * 1024, needed > 0 ? static_cast<std::size_t>(needed) : 0);
  void* at = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return;  // then an overflow is a plain SIGSEGV
  memory_ = at;
  stack_t mine{};
  mine.ss_sp = memory_;
  mine.ss_size = bytes_;
  sigaltstack(&mine, nullptr);
}

signal_stack::~signal_stack() {
  if (!memory_) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  sigaltstack(&none, nullptr);
  munmap(memory_, bytes_);
}

}  // namespace mn::os
