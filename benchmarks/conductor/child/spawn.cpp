#include "child/spawn.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "support/errors.hpp"

namespace threadmark::conductor {
namespace {

/// A copy of fd at or above 10, so that moving it to 0…6 later can never overwrite another one that is still needed.
int out_of_the_way(int fd) {
  return ::fcntl(fd, F_DUPFD_CLOEXEC, 10);
}

struct child_ends {
  int null, output, errors, ledger_in, ledger_out, failure, cgroup;
  std::array<handed_over, 2> descriptors;
};

/// Between fork and exec: only what is safe there. Never returns; an error goes into the failure pipe.
[[noreturn]] void become(const child_ends& from, const char* program, char* const* argv, pid_t parent,
                         const signals& ours) {
  const auto fail = [&] {
    const int error = errno;
    (void)!::write(from.failure, &error, sizeof error);
    ::_exit(127);
  };
  ::setpgid(0, 0);
  // Tied to the thread that forked, and the conductor has one. If it died before this line, nobody would tell us.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  // Where the machine runs out of memory, the kernel is to end this process, which wanted it, and no other.
  if (const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); file >= 0) {
    (void)!::write(file, "1000", 4);
    ::close(file);
  }
  if (from.cgroup >= 0 && ::write(from.cgroup, "0", 1) != 1) fail();
  if (::dup2(from.null, 0) < 0 || ::dup2(from.output, 1) < 0 || ::dup2(from.errors, 2) < 0) fail();
  int first_unused = 3;
  if (from.ledger_in >= 0) {
    if (::dup2(from.ledger_in, ledger_read_fd) < 0 || ::dup2(from.ledger_out, ledger_write_fd) < 0) fail();
    first_unused = ledger_write_fd + 1;
  }
  for (const auto& [ours_at, theirs] : from.descriptors) {
    if (ours_at < 0) continue;
    if (::dup2(ours_at, theirs) < 0) fail();
    first_unused = std::max(first_unused, theirs + 1);
  }
#ifdef SYS_close_range
  ::syscall(SYS_close_range, first_unused, ~0u, 1u << 2 /* CLOSE_RANGE_CLOEXEC */);
#endif
  ours.restore_in_child();
  ::execv(program, argv);
  fail();
  ::_exit(127);
}

}  // namespace

pipe_ends make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) throw broken(fmt::format("pipe2: {}", std::strerror(errno)));
  return {descriptor(fds[0]), descriptor(fds[1])};
}

spawned spawn(const spawn_request& request, const signals& ours) {
  const descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) throw broken(fmt::format("/dev/null: {}", std::strerror(errno)));
  auto errors = make_pipe(), failure = make_pipe();
  pipe_ends output, to_child, from_child;
  if (request.keep_output) output = make_pipe();
  if (request.with_ledger) {
    to_child = make_pipe();
    from_child = make_pipe();
  }
  const auto program = request.program.string();
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const auto& a : request.arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);

  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process < 0) throw broken(fmt::format("fork: {}", std::strerror(errno)));
  if (process == 0) {
    child_ends ends = {out_of_the_way(null.get()),
                       out_of_the_way(request.keep_output ? output.write.get() : null.get()),
                       out_of_the_way(errors.write.get()),
                       request.with_ledger ? out_of_the_way(to_child.read.get()) : -1,
                       request.with_ledger ? out_of_the_way(from_child.write.get()) : -1,
                       out_of_the_way(failure.write.get()),
                       request.cgroup_procs_fd < 0 ? -1 : out_of_the_way(request.cgroup_procs_fd),
                       request.descriptors};
    for (auto& one : ends.descriptors)
      if (one.ours >= 0) one.ours = out_of_the_way(one.ours);
    become(ends, program.c_str(), argv.data(), parent, ours);
  }
  ::setpgid(process, process);  // in both, so that the group exists whoever comes first
  failure.write.reset();
  int error = 0;
  if (::read(failure.read.get(), &error, sizeof error) == static_cast<ssize_t>(sizeof error)) {
    throw broken(fmt::format("cannot start {}: {}", program, std::strerror(error)));
  }
  spawned result{process, std::move(output.read), std::move(errors.read), std::move(from_child.read),
                 std::move(to_child.write)};
  for (const auto* fd : {&result.output, &result.errors, &result.ledger_from, &result.ledger_to}) {
    if (*fd) ::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
  }
  return result;
}

}  // namespace threadmark::conductor
