#include "load/wait.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "child/signals.hpp"
#include "load/target.hpp"
#include "support/errors.hpp"

namespace threadmark::load {
namespace {

using clock = std::chrono::steady_clock;

/// Not yet over: what is left of the time, for ppoll.
timespec until(clock::time_point end) {
  const auto left = std::max(std::chrono::nanoseconds(end - clock::now()), std::chrono::nanoseconds(0));
  return {static_cast<time_t>(left / std::chrono::seconds(1)),
          static_cast<long>((left % std::chrono::seconds(1)).count())};
}

}  // namespace

void check(const wait_ends& ends) {
  if (ends.signals != nullptr) {
    if (const int signal = ends.signals->take()) throw conductor::interrupted{signal};
  }
  if (ends.server < 0) return;
  pollfd server{ends.server, POLLIN, 0};
  if (poll(&server, 1, 0) > 0) throw load_error("the server has ended");
}

bool wait_for(int fd, short events, std::chrono::nanoseconds at_most, const wait_ends& ends) {
  const auto end = at_most == for_ever ? clock::time_point::max() : clock::now() + at_most;
  for (;;) {
    std::array<pollfd, 3> all{
        {{fd, events, 0}, {ends.signals != nullptr ? ends.signals->fd() : -1, POLLIN, 0}, {ends.server, POLLIN, 0}}};
    const timespec left = until(end);
    const int n = ppoll(all.data(), all.size(), at_most == for_ever ? nullptr : &left, nullptr);
    if (n < 0 && errno != EINTR) throw load_error(fmt::format("poll: {}", std::strerror(errno)));
    check(ends);
    if (n > 0 && all[0].revents != 0) return true;
    if (clock::now() >= end) return false;
  }
}

}  // namespace threadmark::load
