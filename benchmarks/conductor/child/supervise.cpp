#include "child/supervise.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "memory_ledger/proc_text.hpp"
#include "support/errors.hpp"
#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

using clock = std::chrono::steady_clock;
constexpr auto poll_memory_every = std::chrono::milliseconds(20);
constexpr auto longest_death = std::chrono::seconds(120);

/// What can be read now, handed on piece by piece. False at the end of the stream.
template <class F>
bool drain(descriptor& from, F take) {
  if (!from) return false;
  char buffer[16384];
  for (;;) {
    const ssize_t got = ::read(from.get(), buffer, sizeof buffer);
    if (got > 0) {
      take(std::string_view(buffer, static_cast<std::size_t>(got)));
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else {
      if (got == 0 || errno != EAGAIN) from.reset();
      return static_cast<bool>(from);
    }
  }
}

/// What a process holds, for the polled limit: its pages, swapped ones too, and its page tables.
std::uint64_t held(pid_t process) {
  const auto status = ledger::read_text(fmt::format("/proc/{}/status", process)).value_or("");
  std::int64_t bytes = 0;
  for (const char* part : {"VmRSS", "VmSwap", "VmPTE"}) bytes += ledger::field(status, part).value_or(0);
  return static_cast<std::uint64_t>(bytes);
}

/// Kills and reaps what was left behind by the child and came to us. Such a process may itself leave others, hence the
/// rounds.
void end_orphans(pid_t but_not) {
  const auto list = fmt::format("/proc/self/task/{}/children", ::getpid());
  for (int round = 0; round < 50; ++round) {
    const auto children = split(ledger::read_text(list).value_or(""), ' ');
    bool any = false;
    for (const auto& one : children) {
      const auto process = whole_number(one);
      if (!process || *process == but_not) continue;
      any = true;
      ::kill(static_cast<pid_t>(*process), SIGKILL);
      // This one by its number: waiting for anyone could wait for an orphan that came after the list was read.
      ::waitpid(static_cast<pid_t>(*process), nullptr, 0);
    }
    if (!any) return;
  }
}

class keeper {
 public:
  keeper(const spawn_request& request, const supervision& how, signals& ours)
      : how_(how), ours_(ours), started_(clock::now()), child_(spawn(request, ours)) {
    if (how.started) *how.started = child_.process;
    deadline_ = started_ + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(how.time_limit_s));
  }

  child_end run() {
    while (!has_ended()) {
      wait_for_something();
      take_output();
      if (how_.ledger) serve_ledger();
      if (ours_.take() != 0) stop(ended_by::interrupt);
      const auto now = clock::now();
      if (now >= deadline_) stop(ended_by::time_limit);
      if (how_.polled_limit_bytes && !killed_ && held(child_.process) > *how_.polled_limit_bytes) {
        stop(ended_by::memory_limit);
      }
      if (killed_ && now > killed_at_ + longest_death) {
        throw broken(fmt::format("process {} was killed and has not ended after two minutes", child_.process));
      }
    }
    result_.seconds = std::chrono::duration<double>(clock::now() - started_).count();
    // The dead leader is not reaped yet, so its number still means this group and no other.
    ::kill(-child_.process, SIGKILL);
    if (how_.cgroup) how_.cgroup->kill_all();
    while (::wait4(child_.process, &result_.status, 0, &result_.usage) < 0 && errno == EINTR) {
    }
    end_orphans(how_.beside);
    take_output();
    if (errors_cut_) result_.errors.insert(kept_first_errors, "\n…\n");
    return std::move(result_);
  }

 private:
  bool has_ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(child_.process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == child_.process;
  }

  void wait_for_something() {
    // A closed stream has fd -1, which poll leaves out.
    pollfd fds[] = {{ours_.fd(), POLLIN, 0},
                    {child_.output.get(), POLLIN, 0},
                    {child_.errors.get(), POLLIN, 0},
                    {child_.ledger_from.get(), POLLIN, 0}};
    auto until = killed_ ? killed_at_ + longest_death : deadline_;
    if (how_.polled_limit_bytes && !killed_) until = std::min(until, clock::now() + poll_memory_every);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
    ::poll(fds, std::size(fds), static_cast<int>(std::clamp<long>(left, 0, 60'000)));
  }

  void take_output() {
    drain(child_.output, [&](std::string_view bytes) {
      result_.output.append(bytes.substr(0, kept_output - std::min(kept_output, result_.output.size())));
    });
    drain(child_.errors, [&](std::string_view bytes) {
      auto& kept = result_.errors.append(bytes);
      if (kept.size() <= kept_first_errors + kept_last_errors) return;
      kept.erase(kept_first_errors, kept.size() - kept_first_errors - kept_last_errors);
      errors_cut_ = true;
    });
  }

  void serve_ledger() {
    drain(child_.ledger_from, [&](std::string_view bytes) {
      const auto answer = how_.ledger->feed(bytes);
      if (!answer.empty()) (void)!::write(child_.ledger_to.get(), answer.data(), answer.size());
    });
    if (!how_.ledger->fault().empty()) stop(ended_by::ledger_fault);
  }

  /// The first reason stands.
  void stop(ended_by why) {
    if (killed_) return;
    // A child that died by itself while we looked elsewhere was not ended by us.
    if (has_ended()) return;
    killed_ = true;
    killed_at_ = clock::now();
    result_.by = why;
    ::kill(-child_.process, SIGKILL);
  }

  const supervision& how_;
  signals& ours_;
  clock::time_point started_, deadline_, killed_at_;
  spawned child_;
  bool killed_ = false, errors_cut_ = false;
  child_end result_;
};

}  // namespace

child_end supervise(const spawn_request& request, const supervision& how, signals& ours) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // orphans of a child come to us, not to init
  return keeper(request, how, ours).run();
}

}  // namespace threadmark::conductor
