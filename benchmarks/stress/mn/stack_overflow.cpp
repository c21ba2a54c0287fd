#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <system_error>

#include "mn/mn.hpp"
#include "stress/mn/scenario.hpp"

namespace threadmark::stress {
namespace {

[[gnu::noinline]] int recurse(int depth) {
  volatile char block[512];
  block[0] = static_cast<char>(depth);
  return depth == 0 ? block[0] : recurse(depth - 1) + block[0];
}

[[noreturn]] void overflow(unsigned cores, std::size_t stack_bytes, std::uint64_t others, bool late) {
  mn::runtime rt({.cores = cores, .stack_bytes = stack_bytes});
  rt.run([&] {
    mn::this_task::set_name("deep");
    mn::channel<int> never;
    for (std::uint64_t i = 0; i < others; ++i) mn::go([never] { (void)never.recv(); });
    mn::yield();
    if (late) mn::yield();  // after it has given way, perhaps on another thread
    recurse(1 << 20);
  });
  std::_Exit(0);  // nothing overflowed
}

/// The child's standard error, to its end.
std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t n = read(fd, part.data(), part.size());
    if (n > 0) text.append(part.data(), static_cast<std::size_t>(n));
    if (n == 0 || (n < 0 && errno != EINTR)) return text;
  }
}

}  // namespace

void stack_overflow(stress_run& run) {
  run.outcomes.name("explained, then ended by SIGSEGV", grade::acceptable);
  run.outcomes.name("not explained", grade::forbidden);
  run.outcomes.name("not ended by SIGSEGV", grade::forbidden);
  for (; !run.over(); ++run.rounds) {
    const std::size_t stack_bytes = std::size_t{16 * 1024} << run.below(8);
    const auto cores = static_cast<unsigned>(1 + run.below(run.cores));
    const std::uint64_t others = run.below(50);
    const bool late = run.below(2) == 0;
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    const pid_t child = fork();  // this process has no other thread
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) {
      dup2(ends[1], STDERR_FILENO);
      close(ends[0]);
      close(ends[1]);
      overflow(cores, stack_bytes, others, late);
    }
    close(ends[1]);
    const std::string said = read_all(ends[0]);
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const bool explained = said.find("deep") != std::string::npos &&
                           said.find("stack_overflow.cpp") != std::string::npos &&
                           said.find("stack_bytes") != std::string::npos;
    const bool by_fault = WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
    run.outcomes.add(!by_fault    ? "not ended by SIGSEGV"
                     : !explained ? "not explained"
                                  : "explained, then ended by SIGSEGV");
  }
}

}  // namespace threadmark::stress
