#include "load/trial/wrk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "child/signals.hpp"
#include "load/trial/misconfigured.hpp"
#include "load/trial/server_process.hpp"
#include "memory_ledger/proc_text.hpp"
#include "support/text.hpp"

namespace threadmark::load {
namespace {

std::string failed(const char* call) {
  return fmt::format("wrk cannot be started: {}: {}", call, std::strerror(errno));
}

/// The script in a file without a name, open in the child.
socket_handle script_file() {
  socket_handle file(memfd_create("threadmark_wrk.lua", 0));
  const auto bytes = static_cast<ssize_t>(wrk_script.size());
  if (file.get() < 0 || write(file.get(), wrk_script.data(), wrk_script.size()) != bytes)
    throw misconfigured(failed("memfd_create"));
  return file;
}

/// Between fork and exec: nothing that allocates.
[[noreturn]] void become(const char* program, char* const* arguments, int output, pid_t parent,
                         const conductor::signals* signals) {
  if (signals != nullptr) signals->restore_in_child();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it ended before we asked
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
      dup2(output, STDERR_FILENO) < 0)
    _exit(127);
  execv(program, arguments);
  _exit(127);
}

}  // namespace

std::string find_wrk() {
  const char* path = std::getenv("PATH");
  for (const auto& folder : conductor::split(path != nullptr ? path : "", ':')) {
    const std::string file = folder + "/wrk";
    if (!folder.empty() && access(file.c_str(), X_OK) == 0) return file;
  }
  throw misconfigured("wrk is not installed (make setup)");
}

wrk::wrk(const target& to, std::size_t connections, const wait_ends& ends) : ends_(ends) {
  const socket_handle script = script_file();
  // It takes whole seconds only, so it is to go on for an hour and is ended by SIGINT. An answer within 10 s is none
  // too late: of 10,000 connections to a slow server each has to wait.
  std::vector<std::string> words{find_wrk(),
                                 "-t1",
                                 fmt::format("-c{}", connections),
                                 "-d3600s",
                                 "--timeout=10s",
                                 "-s",
                                 fmt::format("/proc/self/fd/{}", script.get()),
                                 fmt::format("http://{}{}", to.to_string(), to.path)};
  std::vector<char*> arguments;
  for (auto& w : words) arguments.push_back(w.data());
  arguments.push_back(nullptr);
  std::array<int, 2> both{-1, -1};
  if (pipe2(both.data(), O_CLOEXEC) != 0) throw misconfigured(failed("pipe"));
  output_ = socket_handle(both[0]);
  const socket_handle write_end(both[1]);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw misconfigured(failed("fork"));
  if (pid_ == 0) become(words[0].c_str(), arguments.data(), write_end.get(), parent, ends.signals);
  (void)clock_getcpuclockid(pid_, &cpu_);  // it is there, at least as one that has ended
}

wrk::~wrk() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

std::string wrk::rest_of_output(std::chrono::nanoseconds at_most) {
  std::string all;
  std::array<char, 4096> buffer;
  while (wait_for(output_.get(), POLLIN, at_most, ends_)) {
    const ssize_t n = ::read(output_.get(), buffer.data(), buffer.size());
    if (n <= 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(n));
  }
  throw load_error(fmt::format("wrk does not end: {}", wrk_complaint(all)));
}

void wrk::has_gone() {
  throw load_error(fmt::format("wrk has ended: {}", wrk_complaint(rest_of_output(std::chrono::seconds(5)))));
}

wrk::reads wrk::read_so_far() {
  const auto text = ledger::read_text(fmt::format("/proc/{}/io", pid_)).value_or("");
  siginfo_t state{};
  if (waitid(P_PID, static_cast<id_t>(pid_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 && state.si_pid == pid_)
    has_gone();
  const auto bytes = ledger::field(text, "rchar"), calls = ledger::field(text, "syscr");
  if (!bytes || !calls) throw misconfigured("this kernel does not count what a process reads (/proc/PID/io)");
  return {static_cast<std::uint64_t>(*bytes), static_cast<std::uint64_t>(*calls)};
}

double wrk::cpu_seconds() {
  return cpu_seconds_of(cpu_);
}

std::size_t wrk::descriptors() const {
  return descriptors_of(pid_);
}

void wrk::pause(bool yes) {
  if (std::exchange(paused_, yes) != yes) kill(pid_, yes ? SIGSTOP : SIGCONT);
}

wrk_totals wrk::end() {
  pause(false);
  kill(pid_, SIGINT);
  const auto said = rest_of_output(std::chrono::seconds(10));
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
  const auto totals = parse_wrk(said);
  if (!totals) throw load_error(fmt::format("wrk gave no account: {}", wrk_complaint(said)));
  return *totals;
}

}  // namespace threadmark::load
