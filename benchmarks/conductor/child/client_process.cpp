#include "child/client_process.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

using namespace std::chrono_literals;

namespace threadmark::conductor {
client_process::client_process(const std::filesystem::path& program, const std::vector<unsigned>& cpus,
                               const signals& ours) {
  auto to_it = make_pipe(), from_it = make_pipe();
  questions_ = std::move(to_it.write);
  answers_ = std::move(from_it.read);
  child_ = spawn({.program = program,
                  .arguments = {"--trial", fmt::format("--cpus={}", fmt::join(cpus, ","))},
                  .descriptors = {handed_over{to_it.read.get(), 0}, handed_over{from_it.write.get(), 1}}},
                 ours);
}

client_process::~client_process() {
  // With this its input ends.
  questions_.reset();
  answers_.reset();
  if (ends_within(300ms)) return;
  ::kill(child_.process, SIGTERM);  // it is in the middle of something, and is to end wrk first
  if (ends_within(3s)) return;
  ::kill(child_.process, SIGKILL);
  while (::waitpid(child_.process, nullptr, 0) < 0 && errno == EINTR) continue;
}

bool client_process::ends_within(std::chrono::milliseconds patience) const {
  constexpr auto between_looks = 5ms;
  for (auto left = patience; left.count() > 0; left -= between_looks) {
    if (::waitpid(child_.process, nullptr, WNOHANG) != 0) return true;
    std::this_thread::sleep_for(between_looks);
  }
  return false;
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
