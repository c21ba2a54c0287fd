#include "load/open_loop.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>

#include "child/signals.hpp"
#include "load/answer.hpp"

namespace threadmark::load {
namespace {

using clock = std::chrono::steady_clock;

double seconds_of(clockid_t which) {
  timespec t{};
  clock_gettime(which, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

std::uint64_t since(clock::time_point from, clock::time_point to) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(std::chrono::nanoseconds(to - from).count(), 0));
}

struct connection {
  answer in;
  clock::time_point due;  ///< of the request that is under way
  bool counts = false;    ///< that request is counted
  bool busy = false;
  bool making = false;  ///< it broke, and is not connected yet: neither busy nor free
};

constexpr std::uint64_t an_end = std::numeric_limits<std::uint64_t>::max();  ///< in place of a connection's number

class open_loop {
 public:
  open_loop(const target& to, const open_loop_settings& s, std::vector<socket_handle>& sockets, std::size_t first,
            const wait_ends& ends)
      : to_(to),
        settings_(s),
        sockets_(sockets),
        first_(first),
        ends_(ends),
        request_(to.request()),
        ready_(epoll_create1(EPOLL_CLOEXEC)),
        connections_(sockets.size()) {
    if (ready_.get() < 0) throw load_error("epoll_create1 failed");
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      watch(sockets_[i].get(), i);
      free_.push_back(i);
    }
    if (ends_.signals != nullptr) watch(ends_.signals->fd(), an_end);
    if (ends_.server >= 0) watch(ends_.server, an_end);
    const auto expected = static_cast<std::size_t>(s.rate * std::chrono::duration<double>(s.duration).count()) + 1;
    result_.latency_ns.reserve(expected);  // so that nothing is moved while it counts
    result_.lag_ns.reserve(expected);
  }

  open_loop_result run() {
    const double cpu_before = seconds_of(CLOCK_PROCESS_CPUTIME_ID), own_before = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    const auto begin = clock::now();
    counts_from_ = begin + settings_.warm_up;
    const auto end = counts_from_ + settings_.duration;
    for (std::uint64_t k = 0;; ++k) {
      const auto due = begin + std::chrono::nanoseconds(std::llround(static_cast<double>(k) * 1e9 / settings_.rate));
      if (due >= end) break;
      for (auto now = clock::now(); now < due;) {
        const bool in_vain = look(due) == looked::in_vain;
        const auto after = clock::now();
        // What is longer than any look was not spent by us: another had the CPU.
        if (in_vain) awake_ += std::min<clock::duration>(after - now, std::chrono::microseconds(10));
        now = after;
      }
      arrive(due);
      look({});  // whatever there is
    }
    const std::chrono::duration<double> sent_for = clock::now() - begin, awake = awake_;
    const double worked = seconds_of(CLOCK_THREAD_CPUTIME_ID) - own_before - awake.count();
    result_.client_load = std::max(0.0, worked / sent_for.count());
    const auto patience_ends = end + settings_.patience;
    while ((under_way_ > 0 || !waiting_.empty()) && clock::now() < patience_ends) look(patience_ends);
    give_up(patience_ends);
    result_.seconds = std::chrono::duration<double>(std::max(last_answer_, end) - counts_from_).count();
    result_.client_cpu_seconds = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
    return std::move(result_);
  }

  /// Makes those anew that were still waited for, or not connected yet, so that the next who uses them gets no answer
  /// that is not his.
  void renew() {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (connections_[i].busy || connections_[i].making) sockets_[i] = connect_to(to_, first_ + i, ends_);
    }
  }

 private:
  /// What a look for answers was: without a wait and without an answer, or anything else.
  enum class looked { in_vain, otherwise };

  void watch(int fd, std::uint64_t number, std::uint32_t events = EPOLLIN, int how = EPOLL_CTL_ADD) {
    epoll_event wanted{};
    wanted.events = events;
    wanted.data.u64 = number;
    if (epoll_ctl(ready_.get(), how, fd, &wanted) != 0) throw load_error("epoll_ctl failed");
  }

  /// Begins to make it anew, and goes on: the others must not wait for that.
  void reopen(std::size_t i) {
    sockets_[i] = begin_to_connect(to_, first_ + i);
    connections_[i].in = {};
    connections_[i].making = true;
    watch(sockets_[i].get(), i, EPOLLOUT);
  }

  void made(std::size_t i) {
    if (!is_connected(sockets_[i], to_, first_ + i)) return;  // that was of the one before
    connections_[i].making = false;
    watch(sockets_[i].get(), i, EPOLLIN, EPOLL_CTL_MOD);
    give_work(i);
  }

  /// Of what is not answered by now, and of what was answered badly.
  void give_up(clock::time_point patience_ends) {
    for (const auto& c : connections_) {
      if (c.busy && c.counts) lost_.push_back(c.due);
      result_.unanswered += c.busy && c.counts;
      result_.errors += c.busy && !c.counts;
    }
    for (const auto due : waiting_) {
      if (due < counts_from_) {
        ++result_.errors;
        continue;
      }
      lost_.push_back(due);
      ++result_.unanswered;
    }
    for (const auto due : lost_) result_.lost_ns.push_back(since(due, patience_ends));
  }

  void arrive(clock::time_point due) {
    const bool counts = due >= counts_from_;
    result_.due += counts;
    if (free_.empty()) {
      result_.waited += counts;
      waiting_.push_back(due);
      return;
    }
    const std::size_t i = free_.front();  // the one that has rested longest, so that all are used
    free_.pop_front();
    if (counts) result_.lag_ns.push_back(since(due, clock::now()));
    ask(i, due);
  }

  void ask(std::size_t i, clock::time_point due) {
    connection& c = connections_[i];
    c.due = due;
    c.counts = due >= counts_from_;
    c.busy = true;
    ++under_way_;
    const ssize_t n = send(sockets_[i].get(), request_.data(), request_.size(), MSG_NOSIGNAL);
    if (n != static_cast<ssize_t>(request_.size())) broken(i);  // a request fits an empty buffer
  }

  /// Takes what has come in; waits for it until `until`, or a moment before, where that is in the future.
  looked look(clock::time_point until) {
    std::array<epoll_event, 256> events;
    const auto left = until - clock::now();
    // The last moment is spent awake: the system would wake us late.
    const auto sleep =
        left > std::chrono::microseconds(200) ? left - std::chrono::microseconds(100) : clock::duration::zero();
    const timespec t{static_cast<time_t>(sleep / std::chrono::seconds(1)),
                     static_cast<long>((sleep % std::chrono::seconds(1)) / std::chrono::nanoseconds(1))};
    const int n = epoll_pwait2(ready_.get(), events.data(), static_cast<int>(events.size()), &t, nullptr);
    if (n < 0 && errno != EINTR) throw load_error(std::string("epoll_pwait2: ") + std::strerror(errno));
    for (int e = 0; e < n; ++e) {
      const std::uint64_t number = events[static_cast<std::size_t>(e)].data.u64;
      if (number == an_end) {
        check(ends_);
      } else if (connections_[number].making) {
        made(number);
      } else {
        read(number);
      }
    }
    return n == 0 && sleep.count() == 0 ? looked::in_vain : looked::otherwise;
  }

  void read(std::size_t i) {
    connection& c = connections_[i];
    std::array<char, 4096> buffer;
    const ssize_t n = recv(sockets_[i].get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0 || !c.busy) return broken(i);
    switch (c.in.take({buffer.data(), static_cast<std::size_t>(n)})) {
      case answer::state::more: return;
      case answer::state::bad: return broken(i);
      case answer::state::complete: break;
    }
    last_answer_ = clock::now();
    ++result_.answered;
    if (c.counts) result_.latency_ns.push_back(since(c.due, last_answer_));
    rest(i);
  }

  void broken(std::size_t i) {
    connection& c = connections_[i];
    ++result_.errors;
    if (c.busy) {
      if (c.counts) lost_.push_back(c.due);
      c.busy = false;
      --under_way_;
    } else {
      std::erase(free_, i);
    }
    reopen(i);
  }

  /// Its request is over.
  void rest(std::size_t i) {
    connections_[i].busy = false;
    --under_way_;
    give_work(i);
  }

  /// It takes the oldest request that waits.
  void give_work(std::size_t i) {
    if (waiting_.empty()) {
      free_.push_back(i);
      return;
    }
    const auto due = waiting_.front();
    waiting_.pop_front();
    ask(i, due);
  }

  const target& to_;
  const open_loop_settings settings_;
  std::vector<socket_handle>& sockets_;
  const std::size_t first_;
  const wait_ends ends_;
  const std::string request_;
  socket_handle ready_;
  std::vector<connection> connections_;
  std::deque<std::size_t> free_;
  std::deque<clock::time_point> waiting_;  ///< requests that are due and have found no connection free
  std::vector<clock::time_point> lost_;    ///< when those were due that were answered badly
  std::size_t under_way_ = 0;
  std::chrono::nanoseconds awake_{0};  ///< looks in vain while nothing was due
  clock::time_point counts_from_;
  clock::time_point last_answer_;
  open_loop_result result_;
};

}  // namespace

open_loop_result run_open_loop(const target& to, const open_loop_settings& settings) {
  allow_descriptors(settings.connections + 64);
  std::vector<socket_handle> connections;
  for (std::size_t i = 0; i < settings.connections; ++i) connections.push_back(connect_to(to, i));
  return open_loop(to, settings, connections, 0, {}).run();
}

open_loop_result run_open_loop(const target& to, const open_loop_settings& settings,
                               std::vector<socket_handle>& connections, std::size_t first, const wait_ends& ends) {
  open_loop loop(to, settings, connections, first, ends);
  auto result = loop.run();
  loop.renew();
  return result;
}

}  // namespace threadmark::load
