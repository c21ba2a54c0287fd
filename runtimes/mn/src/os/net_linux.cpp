#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "mn/file.hpp"
#include "os/net.hpp"

namespace mn::os {
namespace {

/// errno. A function of its own, because a task may have gone on on another thread since the last call, and a compiler
/// that has inlined both calls would read the old thread's (DESIGN.md, "What a task finds when it goes on on another
/// thread").
[[gnu::noinline]] int last_error() noexcept {
  asm volatile("" : : : "memory");
  return errno;
}

/// Calls again what a signal has interrupted.
template <class F>
outcome call(F f) noexcept {
  for (;;) {
    const auto value = f();
    if (value >= 0) return {value, 0};
    if (const int error = last_error(); error != EINTR) return {-1, error};
  }
}

/// The system takes no more than this at once, and some of its versions not even that.
constexpr std::size_t most_at_once = 0x7ffff000;

}  // namespace

outcome open_socket(int family) noexcept {
  return call([&] { return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); });
}

outcome listen_at(int fd, const sockaddr* at, std::uint32_t bytes) noexcept {
  const int yes = 1;
  if (at->sa_family != AF_UNIX) (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const outcome bound = call([&] { return bind(fd, at, bytes); });
  if (!bound.ok()) return bound;
  // The system cuts it down to net.core.somaxconn.
  return call([&] { return listen(fd, std::numeric_limits<int>::max()); });
}

outcome connect_to(int fd, const sockaddr* to, std::uint32_t bytes) noexcept {
  const int result = connect(fd, to, bytes);
  if (result == 0) return {};
  // One that a signal has interrupted goes on by itself (connect(2)).
  const int error = last_error();
  return {-1, error == EINTR ? EINPROGRESS : error};
}

bool is_connected(int fd) noexcept {
  sockaddr_storage unused;
  socklen_t bytes = sizeof unused;
  return getpeername(fd, reinterpret_cast<sockaddr*>(&unused), &bytes) == 0;
}

int socket_error(int fd) noexcept {
  int error = 0;
  socklen_t bytes = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes) == 0 ? error : last_error();
}

outcome accept_from(int listener) noexcept {
  return call([&] { return accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); });
}

outcome receive(int fd, void* into, std::size_t bytes) noexcept {
  return call([&] { return recv(fd, into, std::min(bytes, most_at_once), 0); });
}

outcome send(int fd, const void* from, std::size_t bytes) noexcept {
  return call([&] { return ::send(fd, from, std::min(bytes, most_at_once), MSG_NOSIGNAL); });
}

outcome shut_down(int fd, half which) noexcept {
  const int how = which == half::reading ? SHUT_RD : which == half::writing ? SHUT_WR : SHUT_RDWR;
  return call([&] { return shutdown(fd, how); });
}

void close_descriptor(int fd) noexcept {
  // Not again after EINTR: on Linux the number is free by then, and perhaps somebody else's.
  (void)close(fd);
}

void never_block(int fd) noexcept {
  (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void take_both_families(int fd) noexcept {
  const int no = 0;
  (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
}

bool is_unix(int fd) noexcept {
  int family = 0;
  socklen_t bytes = sizeof family;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &bytes) == 0 && family == AF_UNIX;
}

void send_at_once(int fd) noexcept {
  const int yes = 1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

outcome local_address(int fd, sockaddr* into, std::uint32_t& bytes) noexcept {
  return call([&] { return getsockname(fd, into, &bytes); });
}

outcome remote_address(int fd, sockaddr* into, std::uint32_t& bytes) noexcept {
  return call([&] { return getpeername(fd, into, &bytes); });
}

bool is_ready(int fd, bool to_write) noexcept {
  pollfd asked{fd, static_cast<short>(to_write ? POLLOUT : POLLIN | POLLRDHUP), 0};
  return call([&] { return poll(&asked, 1, 0); }).value != 0;
}

void wait_for_descriptor(int fd, bool to_write, std::int64_t timeout_ns) noexcept {
  pollfd waited{fd, static_cast<short>(to_write ? POLLOUT : POLLIN), 0};
  const timespec t{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  (void)ppoll(&waited, 1, timeout_ns < 0 ? nullptr : &t, nullptr);  // an error shows at the next attempt
}

outcome open_file(const char* path, open_mode mode) noexcept {
  int flags = O_CLOEXEC;
  switch (mode) {
    case open_mode::read: flags |= O_RDONLY; break;
    case open_mode::write: flags |= O_WRONLY | O_CREAT | O_TRUNC; break;
    case open_mode::append: flags |= O_WRONLY | O_CREAT | O_APPEND; break;
    case open_mode::read_write: flags |= O_RDWR | O_CREAT; break;
  }
  return call([&] { return open(path, flags, 0666); });
}

outcome read_cached(int fd, void* into, std::size_t bytes, std::int64_t offset) noexcept {
  const iovec part{into, std::min(bytes, most_at_once)};
  outcome got = call([&] { return preadv2(fd, &part, 1, offset, RWF_NOWAIT); });
  if (got.error == EOPNOTSUPP || got.error == EINVAL || got.error == ENOSYS) got.error = EAGAIN;
  return got;
}

outcome read_at(int fd, void* into, std::size_t bytes, std::int64_t offset) noexcept {
  return call([&] { return pread(fd, into, std::min(bytes, most_at_once), offset); });
}

outcome write_at(int fd, const void* from, std::size_t bytes, std::int64_t offset) noexcept {
  return call([&] { return pwrite(fd, from, std::min(bytes, most_at_once), offset); });
}

outcome append(int fd, const void* from, std::size_t bytes) noexcept {
  const iovec part{const_cast<void*>(from), std::min(bytes, most_at_once)};
  const outcome put = call([&] { return pwritev2(fd, &part, 1, -1, RWF_APPEND); });
  if (put.error != EOPNOTSUPP && put.error != ENOSYS) return put;
  // What has no end, as files of /proc; or a system without that call, where others may write in between.
  (void)lseek(fd, 0, SEEK_END);
  return call([&] { return write(fd, from, part.iov_len); });
}

outcome file_size(int fd) noexcept {
  struct stat s;
  const outcome looked = call([&] { return fstat(fd, &s); });
  return looked.ok() ? outcome{s.st_size, 0} : looked;
}

outcome make_ready_list() noexcept {
  return call([] { return epoll_create1(EPOLL_CLOEXEC); });
}

outcome watch_descriptor(int list, int fd, void* who) noexcept {
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  wanted.data.ptr = who;
  const outcome added = call([&] { return epoll_ctl(list, EPOLL_CTL_ADD, fd, &wanted); });
  return added.error == EEXIST ? call([&] { return epoll_ctl(list, EPOLL_CTL_MOD, fd, &wanted); }) : added;
}

void unwatch_descriptor(int list, int fd) noexcept {
  epoll_event unused{};  // kernels before 2.6.9 wanted one
  (void)epoll_ctl(list, EPOLL_CTL_DEL, fd, &unused);
}

std::size_t fetch_ready(int list, readiness* into, std::size_t most, std::int64_t timeout_ns) noexcept {
  constexpr std::size_t room = 64;
  epoll_event events[room];
  const int wanted = static_cast<int>(std::min(most, room));
  const timespec t{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  int n = -1;
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 35)
  // Milliseconds would make a sleeper late, or wake it too early.
  if (timeout_ns > 0) n = epoll_pwait2(list, events, wanted, &t, nullptr);
  // Kernels before 5.11 do not have it (ENOSYS), and filters of system calls may not let it through (EPERM).
  if (timeout_ns <= 0 || (n < 0 && last_error() != EINTR))
#endif
  {
    const std::int64_t ms = std::min<std::int64_t>((timeout_ns + 999'999) / 1'000'000, std::numeric_limits<int>::max());
    n = epoll_wait(list, events, wanted, timeout_ns < 0 ? -1 : static_cast<int>(ms));
  }
  for (int i = 0; i < n; ++i) {
    const auto seen = events[i].events;
    const bool failed = (seen & (EPOLLERR | EPOLLHUP)) != 0;
    const bool stops_short = failed || (seen & (EPOLLRDHUP | EPOLLPRI)) != 0;
    into[i] = {events[i].data.ptr, stops_short || (seen & EPOLLIN) != 0, failed || (seen & EPOLLOUT) != 0, stops_short};
  }
  return n < 0 ? 0 : static_cast<std::size_t>(n);
}

outcome make_bell(int list) noexcept {
  const outcome made = call([] { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); });
  if (!made.ok()) return made;
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLET;  // each ring is reported, so nobody need take the count back
  const outcome added = call([&] { return epoll_ctl(list, EPOLL_CTL_ADD, static_cast<int>(made.value), &wanted); });
  if (added.ok()) return made;
  close_descriptor(static_cast<int>(made.value));
  return added;
}

void ring_bell(int bell) noexcept {
  const std::uint64_t one = 1;
  (void)!write(bell, &one, sizeof one);
}

}  // namespace mn::os
