#include "child/client_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "support/errors.hpp"

namespace threadmark::conductor {
namespace {

void make_pipe(descriptor& read, descriptor& write) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) throw broken(fmt::format("pipe2: {}", std::strerror(errno)));
  read = descriptor(fds[0]);
  write = descriptor(fds[1]);
}

}  // namespace

client_process::client_process(const std::filesystem::path& program, const std::vector<unsigned>& cpus,
                               const signals& ours) {
  descriptor its_input, its_output;
  make_pipe(its_input, questions_);
  make_pipe(answers_, its_output);
  child_ = spawn({.program = program,
                  .arguments = {"--trial", fmt::format("--cpus={}", fmt::join(cpus, ","))},
                  .descriptors = {handed_over{its_input.get(), 0}, handed_over{its_output.get(), 1}}},
                 ours);
}

client_process::~client_process() {
  // With this its input ends. It may have a limit of the CPU to take back, which a kill would leave.
  questions_.reset();
  answers_.reset();
  constexpr int tries = 300;
  for (int left = tries; left > 0; --left) {
    if (::waitpid(child_.process, nullptr, WNOHANG) != 0) return;
    ::usleep(10'000);
  }
  ::kill(-child_.process, SIGKILL);
  while (::waitpid(child_.process, nullptr, 0) < 0 && errno == EINTR) continue;
}

std::array<handed_over, 2> client_process::for_contender() const {
  return {handed_over{answers_.get(), client_read_fd}, handed_over{questions_.get(), client_write_fd}};
}

std::string client_process::errors() {
  std::array<char, 4096> buffer;
  const ssize_t n = ::read(child_.errors.get(), buffer.data(), buffer.size());
  return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : std::string();
}

}  // namespace threadmark::conductor
