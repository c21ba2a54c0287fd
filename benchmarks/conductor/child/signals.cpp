#include "child/signals.hpp"

#include <fmt/format.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <cstring>

#include "support/errors.hpp"

namespace threadmark::conductor {

signals::signals() {
  sigset_t mine;
  sigemptyset(&mine);
  for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&mine, one);
  // SIGCHLD must not be ignored (some parents leave it so): children would vanish without their rusage.
  ::signal(SIGCHLD, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  ::sigprocmask(SIG_BLOCK, &mine, &before_);
  fd_.reset(::signalfd(-1, &mine, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) throw broken(fmt::format("signalfd: {}", std::strerror(errno)));
}

int signals::take() {
  signalfd_siginfo one;
  while (::read(fd_.get(), &one, sizeof one) == static_cast<ssize_t>(sizeof one)) {
    if (one.ssi_signo != SIGCHLD && asked_to_stop_ == 0) asked_to_stop_ = static_cast<int>(one.ssi_signo);
  }
  return asked_to_stop_;
}

void signals::restore_in_child() const {
  sigset_t mask = before_;
  for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigdelset(&mask, one);
  for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE}) ::signal(one, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

}  // namespace threadmark::conductor
