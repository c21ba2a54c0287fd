// A process that does nothing, until it is told to end or this one ends.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace threadmark::load {

class sleeper {
 public:
  sleeper() : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) ::pause();
  }
  sleeper(const sleeper&) = delete;
  sleeper& operator=(const sleeper&) = delete;
  ~sleeper() { end(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  void end() {
    if (const pid_t one = std::exchange(pid_, -1); one > 0) {
      kill(one, SIGKILL);
      waitpid(one, nullptr, 0);
    }
  }

 private:
  pid_t pid_;
};

}  // namespace threadmark::load
