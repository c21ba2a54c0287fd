// The calls themselves. Each asks whether it is to fail, and with which of the errors that its manual page lists and
// that a healthy program can meet (../README.md says which and why), and is otherwise handed on.
//
// A call gets here where it goes through the dynamic linker: from the program and its libraries, mn and libstdc++
// among them. What the C library does inside (memory for malloc, a thread's stack) does not.
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>
#include <new>

#include "stress/faults/interposer/decision.hpp"
#include "stress/faults/interposer/next.hpp"

namespace {

using threadmark::faults::call;
using threadmark::faults::fault;

/// True, with errno set, where the call is to fail.
bool fails(call kind, std::initializer_list<int> errors) noexcept {
  const int error = fault(kind, errors);
  if (error != 0) errno = error;
  return error != 0;
}

/// For a call that makes a descriptor: they run out for the process, and for the system.
bool no_descriptor(call kind) noexcept {
  return fails(kind, {EMFILE, ENFILE, ENOMEM});
}

int (*real_main)(int, char**, char**) = nullptr;

int main_at_last(int argc, char** argv, char** environment) {
  threadmark::faults::begin();
  return real_main(argc, argv, environment);
}

}  // namespace

#pragma GCC visibility push(default)

extern "C" {

// Memory

void* mmap(void* at, size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  if (fails(call::mmap, {ENOMEM})) return MAP_FAILED;
  return THREADMARK_NEXT(mmap)(at, bytes, protection, flags, fd, offset);
}
void* mmap64(void* at, size_t bytes, int protection, int flags, int fd, off64_t offset) noexcept {
  if (fails(call::mmap, {ENOMEM})) return MAP_FAILED;
  return THREADMARK_NEXT(mmap64)(at, bytes, protection, flags, fd, offset);
}
int munmap(void* at, size_t bytes) noexcept {
  if (fails(call::munmap, {ENOMEM})) return -1;
  return THREADMARK_NEXT(munmap)(at, bytes);
}
int madvise(void* at, size_t bytes, int advice) noexcept {
  if (fails(call::madvise, {EAGAIN, ENOMEM, EINVAL})) return -1;
  return THREADMARK_NEXT(madvise)(at, bytes, advice);
}
int mprotect(void* at, size_t bytes, int protection) noexcept {
  if (fails(call::mprotect, {ENOMEM})) return -1;
  return THREADMARK_NEXT(mprotect)(at, bytes, protection);
}
int mincore(void* at, size_t bytes, unsigned char* pages) noexcept {
  if (fails(call::mincore, {EAGAIN})) return -1;
  return THREADMARK_NEXT(mincore)(at, bytes, pages);
}

// Threads and processes

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument) noexcept {
  if (const int error = fault(call::pthread_create, {EAGAIN})) return error;
  return THREADMARK_NEXT(pthread_create)(thread, attributes, body, argument);
}
pid_t fork() noexcept {
  if (fails(call::fork, {EAGAIN, ENOMEM})) return -1;
  return THREADMARK_NEXT(fork)();
}

long syscall(long number, ...) noexcept {
  long a[6];
  va_list arguments;
  va_start(arguments, number);
  for (long& one : a) one = va_arg(arguments, long);  // as many as any takes; what was not given is not looked at
  va_end(arguments);
  if (number == SYS_futex) {
    const long operation = a[1] & FUTEX_CMD_MASK;
    if (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET) {
      const int error = fault(call::futex, {EINTR, EAGAIN, threadmark::faults::for_nothing});
      if (error == threadmark::faults::for_nothing) return 0;
      if (error != 0) {
        errno = error;
        return -1;
      }
    }
  } else if (number == SYS_membarrier) {
    if (fails(call::membarrier, {ENOSYS})) return -1;
  }
  return THREADMARK_NEXT(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

// Descriptors

int epoll_create(int size) noexcept {
  return no_descriptor(call::epoll) ? -1 : THREADMARK_NEXT(epoll_create)(size);
}
int epoll_create1(int flags) noexcept {
  return no_descriptor(call::epoll) ? -1 : THREADMARK_NEXT(epoll_create1)(flags);
}
int epoll_ctl(int in, int operation, int fd, epoll_event* event) noexcept {
  if (operation == EPOLL_CTL_ADD && fails(call::epoll, {ENOMEM, ENOSPC})) return -1;
  return THREADMARK_NEXT(epoll_ctl)(in, operation, fd, event);
}
int eventfd(unsigned value, int flags) noexcept {
  return no_descriptor(call::eventfd) ? -1 : THREADMARK_NEXT(eventfd)(value, flags);
}
int timerfd_create(clockid_t clock, int flags) noexcept {
  return no_descriptor(call::timerfd) ? -1 : THREADMARK_NEXT(timerfd_create)(clock, flags);
}
int signalfd(int fd, const sigset_t* mask, int flags) noexcept {
  return no_descriptor(call::signalfd) ? -1 : THREADMARK_NEXT(signalfd)(fd, mask, flags);
}
int pipe(int fds[2]) noexcept {
  return fails(call::pipe, {EMFILE, ENFILE}) ? -1 : THREADMARK_NEXT(pipe)(fds);
}
int pipe2(int fds[2], int flags) noexcept {
  return fails(call::pipe, {EMFILE, ENFILE}) ? -1 : THREADMARK_NEXT(pipe2)(fds, flags);
}
int poll(pollfd* fds, nfds_t n, int timeout) {
  return fails(call::poll, {EINTR, ENOMEM}) ? -1 : THREADMARK_NEXT(poll)(fds, n, timeout);
}
int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return no_descriptor(call::open) ? -1 : THREADMARK_NEXT(open)(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return no_descriptor(call::open) ? -1 : THREADMARK_NEXT(open64)(path, flags, mode);
}

/// Not made to fail. What libraries and static constructors do before main() is no part of this: nobody could be told.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): the C library's name
int __libc_start_main(int (*main)(int, char**, char**), int argc, char** argv, void (*init)(), void (*fini)(),
                      void (*rtld_fini)(), void* stack_end) {
  using signature = decltype(__libc_start_main);
  real_main = main;
  return THREADMARK_NEXT_AS(signature*, "__libc_start_main")(main_at_last, argc, argv, init, fini, rtld_fini,
                                                             stack_end);
}

/// Not made to fail: what is aborted runs no destructors, and its counts are wanted all the same.
void abort() noexcept {
  threadmark::faults::report();
  THREADMARK_NEXT(abort)();
  __builtin_unreachable();
}

}  // extern "C"

// The other forms of `new` in libstdc++ call these two.

void* operator new(std::size_t bytes) {
  if (fails(call::allocate, {ENOMEM})) throw std::bad_alloc();
  return THREADMARK_NEXT_AS(void* (*)(std::size_t), "_Znwm")(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  if (fails(call::allocate, {ENOMEM})) throw std::bad_alloc();
  return THREADMARK_NEXT_AS(void* (*)(std::size_t, std::align_val_t), "_ZnwmSt11align_val_t")(bytes, alignment);
}

#pragma GCC visibility pop
