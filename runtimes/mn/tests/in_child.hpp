// Runs a body in a forked process and keeps what it writes to standard error: for what ends or outlives a program.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "os/process.hpp"

/// How often a text is in another one.
inline int times_in(const std::string& all, const std::string& text) {
  int n = 0;
  for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + text.size())) ++n;
  return n;
}

/// What is in a file.
inline std::string contents(int fd) {
  std::string all;
  char bytes[4096];
  for (ssize_t n; (n = pread(fd, bytes, sizeof bytes, static_cast<off_t>(all.size()))) > 0;) {
    all.append(bytes, static_cast<std::size_t>(n));
  }
  return all;
}

struct child_result {
  int status = 0;
  std::string said;

  [[nodiscard]] bool exited_with(int code) const { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
  [[nodiscard]] bool killed_by(int signal) const { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }
  [[nodiscard]] bool says(const std::string& text) const { return said.find(text) != std::string::npos; }
  [[nodiscard]] int times(const std::string& text) const { return times_in(said, text); }
};

/// In the child: waits until so much has been written.
inline void wait_until_said(const std::string& text, int times = 1) {
  while (times_in(contents(STDERR_FILENO), text) < times) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// ThreadSanitizer lets a child start threads only where the process had none when it forked, but its own: not in a run
// of many tests, some of which leave threads behind.
#if defined(MN_TSAN)
#define NEEDS_FORK() \
  if (mn::os::list_threads() > 2) GTEST_SKIP() << "ThreadSanitizer: no threads in a fork of a threaded process"
#else
#define NEEDS_FORK() (void)0
#endif

// ThreadSanitizer has a thread of its own, of which mn cannot know what it does: nothing is ever proven there.
#if defined(MN_TSAN)
#define NEEDS_PROOF() GTEST_SKIP() << "no deadlock can be proven under ThreadSanitizer"
#else
#define NEEDS_PROOF() (void)0
#endif

/// The child exits with 0 when `body` returns. A child that hangs is ended after a minute, by SIGALRM.
template <class F>
child_result in_child(F body) {
  std::FILE* said = std::tmpfile();
  if (!said) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    dup2(fileno(said), STDERR_FILENO);
    std::signal(SIGQUIT, SIG_DFL);  // a shell's background programs inherit that it is ignored
    alarm(60);
    std::forward<F>(body)();
    _exit(0);
  }
  child_result r;
  waitpid(child, &r.status, 0);
  r.said = contents(fileno(said));
  std::fclose(said);
  return r;
}
