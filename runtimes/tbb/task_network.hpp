// Sockets for oneTBB, as its documentation has it for asynchronous calls: a thread of its own waits for the system
// (epoll), a task that must wait is suspended, and that thread resumes it. oneTBB itself has no network.
//
// A descriptor has a slot for each direction, by its number, so that a slot outlives every report about its descriptor.
// It holds one of
//   nothing    nobody waits, and nothing has been reported since somebody last tried
//   reported   the system said "ready" since somebody last tried
//   a parker   of the task that waits
// Who is about to wait exchanges `nothing` for its parker and, where it finds `reported`, takes that off and tries
// again. The reporting thread exchanges whatever is there for `reported`, and unparks the parker that it gets; whoever
// takes a parker out of a slot, and nobody else, unparks it. A report about an earlier descriptor of the same number
// costs a try that finds nothing. The descriptor is watched once, edge-triggered.
//
// A read that fills less than its room has emptied the socket, so the next one waits without a try before. Where the
// end was reported, perhaps together with those last bytes, no report is left to come, and it tries at once.
#pragma once

#include <sys/epoll.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "compose/socket.hpp"
#include "model.hpp"
#include "tbb/task_parker.hpp"

namespace threadmark::tbb_tasks {

/// One direction of one descriptor.
class readiness {
 public:
  /// Whether a report has come since the last call: then it is to be tried again. Else suspends the task until one
  /// comes. One task at a time.
  void wait() {
    task_parker parker;
    auto* expected = nothing;
    // release: publishes the parker to the thread that takes it out.
    if (slot_.compare_exchange_strong(expected, &parker, std::memory_order_acq_rel, std::memory_order_acquire))
      parker.park();
    // Somebody has put `reported` there, now or before: it is used up by the try that follows. An exchange, because the
    // try must not come before it: a report in between would be about what the try has not seen.
    slot_.exchange(nothing, std::memory_order_seq_cst);
  }

  /// From the reporting thread, or from who closes.
  void report() {
    auto* const found = slot_.exchange(reported(), std::memory_order_acq_rel);
    if (found != nothing && found != reported()) found->unpark();
  }

 private:
  static constexpr task_parker* nothing = nullptr;
  /// An address at which there is no parker.
  task_parker* reported() { return reinterpret_cast<task_parker*>(this); }

  std::atomic<task_parker*> slot_{nothing};
};

class reactor {
 public:
  struct directions {
    readiness in, out;
    std::atomic<bool> ended{false};  ///< set before `in` is told; pairs with the acquire of the reader
  };

  static reactor& instance() {
    static auto& one = *new reactor;  // never destroyed: its thread ends with the process
    return one;
  }

  /// Throws std::system_error.
  directions& watch(int fd) {
    directions& its = slot(fd);
    its.ended.store(false, std::memory_order_relaxed);  // a late report about an earlier one costs a try
    epoll_event wanted{};
    wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    wanted.data.fd = fd;
    if (::epoll_ctl(events_.get(), EPOLL_CTL_ADD, fd, &wanted) != 0)
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    return its;
  }

 private:
  static constexpr std::size_t per_chunk = 1024;
  using chunk = std::array<directions, per_chunk>;

  reactor() : events_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (events_.get() < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    rlimit most{};
    ::getrlimit(RLIMIT_NOFILE, &most);
    chunks_ = std::vector<std::atomic<chunk*>>(most.rlim_max / per_chunk + 1);
    std::thread([this] { run(); }).detach();
  }

  directions& slot(int fd) {
    const auto number = static_cast<std::size_t>(fd);
    std::atomic<chunk*>& place = chunks_.at(number / per_chunk);
    chunk* made = place.load(std::memory_order_acquire);
    if (made == nullptr) {
      auto fresh = std::make_unique<chunk>();
      // Two may come here at once, for two descriptors of one chunk: the first one's stays.
      if (place.compare_exchange_strong(made, fresh.get(), std::memory_order_acq_rel, std::memory_order_acquire))
        made = fresh.release();
    }
    return (*made)[number % per_chunk];
  }

  void run() {
    std::array<epoll_event, 256> ready;
    for (;;) {
      const int n = ::epoll_wait(events_.get(), ready.data(), static_cast<int>(ready.size()), -1);
      for (int i = 0; i < n; ++i) {
        const auto& event = ready[static_cast<std::size_t>(i)];
        directions& its = slot(event.data.fd);
        if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) its.ended.store(true, std::memory_order_release);
        if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) its.in.report();
        if ((event.events & ~std::uint32_t{EPOLLIN | EPOLLRDHUP}) != 0) its.out.report();
      }
    }
  }

  compose::socket events_;
  std::vector<std::atomic<chunk*>> chunks_;  ///< by a descriptor's number; a chunk, once there, stays
};

class connection {
 public:
  explicit connection(compose::socket s) : socket_(std::move(s)), ready_(&reactor::instance().watch(socket_.get())) {}

  std::size_t read_some(std::span<char> into) {
    if (std::exchange(emptied_, false) && !ready_->ended.load(std::memory_order_acquire)) ready_->in.wait();
    for (;;) {
      const ssize_t n = ::recv(socket_.get(), into.data(), into.size(), 0);
      if (n >= 0) {
        emptied_ = n > 0 && static_cast<std::size_t>(n) < into.size();
        return static_cast<std::size_t>(n);
      }
      if (errno == EAGAIN) {
        ready_->in.wait();
      } else if (errno != EINTR) {
        return 0;
      }
    }
  }

  bool write_all(std::string_view all) {
    while (!all.empty()) {
      const ssize_t n = ::send(socket_.get(), all.data(), all.size(), MSG_NOSIGNAL);
      if (n >= 0) {
        all.remove_prefix(static_cast<std::size_t>(n));
      } else if (errno == EAGAIN) {
        ready_->out.wait();
      } else if (errno != EINTR) {
        return false;
      }
    }
    return true;
  }

 private:
  compose::socket socket_;
  reactor::directions* ready_;
  bool emptied_ = false;  ///< the last read has taken all that there was
};

class listener {
 public:
  listener() : socket_(compose::listen_on_loopback(SOCK_NONBLOCK)), ready_(&reactor::instance().watch(socket_.get())) {}

  [[nodiscard]] std::uint16_t port() const { return compose::port_of(socket_); }

  std::optional<connection> accept() {
    while (!closed_.load(std::memory_order_acquire)) {  // pairs with close()
      compose::socket made(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (made.get() >= 0) {
        compose::send_at_once(made);
        return connection(std::move(made));
      }
      if (errno == EAGAIN) {
        ready_->in.wait();
      } else if (compose::is_short_of_descriptors(errno)) {
        task_parker asleep;
        (void)asleep.park_until(compose::deadline_after(compose::short_wait));
      } else if (!compose::was_broken_early(errno)) {
        throw std::system_error(errno, std::generic_category(), "accept");
      }
    }
    return std::nullopt;
  }

  void close() {
    closed_.store(true, std::memory_order_release);
    ready_->in.report();
  }

 private:
  compose::socket socket_;
  reactor::directions* ready_;
  std::atomic<bool> closed_{false};
};

}  // namespace threadmark::tbb_tasks
