#include "load/open_loop.hpp"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <deque>
#include <limits>

#include "load/answer.hpp"

namespace threadmark::load {
namespace {

using clock = std::chrono::steady_clock;

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::uint32_t since(clock::time_point from, clock::time_point to) {
  const auto ns = std::chrono::nanoseconds(to - from).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ns, 0, std::numeric_limits<std::uint32_t>::max()));
}

struct connection {
  socket_handle socket;
  answer in;
  clock::time_point due;  ///< of the request that is under way
  bool counts = false;    ///< that request is counted
  bool busy = false;
};

class open_loop {
 public:
  open_loop(const target& to, const open_loop_settings& s)
      : to_(to),
        settings_(s),
        request_(to.request()),
        ready_(epoll_create1(EPOLL_CLOEXEC)),
        connections_(s.connections) {
    if (ready_.get() < 0) throw load_error("epoll_create1 failed");
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      open(i);
      free_.push_back(i);
    }
    const auto expected = static_cast<std::size_t>(s.rate * std::chrono::duration<double>(s.duration).count()) + 1;
    result_.latency_ns.reserve(expected);  // so that nothing is moved while it counts
    result_.lag_ns.reserve(expected);
  }

  open_loop_result run() {
    const double cpu_before = cpu_seconds();
    const auto begin = clock::now();
    counts_from_ = begin + settings_.warm_up;
    const auto end = counts_from_ + settings_.duration;
    for (std::uint64_t k = 0;; ++k) {
      const auto due = begin + std::chrono::nanoseconds(std::llround(static_cast<double>(k) * 1e9 / settings_.rate));
      if (due >= end) break;
      while (clock::now() < due) look(due);
      arrive(due);
      look({});  // whatever there is
    }
    const auto patience_ends = end + settings_.patience;
    while ((under_way_ > 0 || !waiting_.empty()) && clock::now() < patience_ends) look(patience_ends);
    const auto over = [this](const auto& c) { return c.busy && c.counts; };
    result_.unanswered += static_cast<std::size_t>(std::ranges::count_if(connections_, over));
    result_.unanswered += static_cast<std::size_t>(
        std::ranges::count_if(waiting_, [this](clock::time_point due) { return due >= counts_from_; }));
    result_.seconds = std::chrono::duration<double>(std::max(last_answer_, end) - counts_from_).count();
    result_.client_cpu_seconds = cpu_seconds() - cpu_before;
    return std::move(result_);
  }

 private:
  void open(std::size_t i) {
    connection& c = connections_[i];
    c.socket = connect_to(to_, i);
    c.in = {};
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.u64 = i;
    if (epoll_ctl(ready_.get(), EPOLL_CTL_ADD, c.socket.get(), &wanted) != 0) throw load_error("epoll_ctl failed");
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
    const ssize_t n = send(c.socket.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
    if (n != static_cast<ssize_t>(request_.size())) broken(i);  // a request fits an empty buffer
  }

  /// Takes what has come in; waits for it until `until`, or a moment before, where that is in the future.
  void look(clock::time_point until) {
    std::array<epoll_event, 256> events;
    const auto left = until - clock::now();
    // The last moment is spent awake: the system would wake us late.
    const auto sleep = left > std::chrono::microseconds(200) ? left - std::chrono::microseconds(100) : left - left;
    const timespec t{static_cast<time_t>(sleep / std::chrono::seconds(1)),
                     static_cast<long>((sleep % std::chrono::seconds(1)) / std::chrono::nanoseconds(1))};
    const int n = epoll_pwait2(ready_.get(), events.data(), static_cast<int>(events.size()), &t, nullptr);
    for (int e = 0; e < n; ++e) read(events[static_cast<std::size_t>(e)].data.u64);
  }

  void read(std::size_t i) {
    connection& c = connections_[i];
    std::array<char, 4096> buffer;
    const ssize_t n = recv(c.socket.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0 || !c.busy) return broken(i);
    switch (c.in.take({buffer.data(), static_cast<std::size_t>(n)})) {
      case answer::state::more: return;
      case answer::state::bad: return broken(i);
      case answer::state::complete: break;
    }
    last_answer_ = clock::now();
    if (c.counts) result_.latency_ns.push_back(since(c.due, last_answer_));
    rest(i);
  }

  void broken(std::size_t i) {
    connection& c = connections_[i];
    result_.errors += !c.busy || c.counts;
    open(i);
    if (c.busy) {
      rest(i);
    }
  }

  /// Its request is over: it takes the oldest that waits.
  void rest(std::size_t i) {
    connections_[i].busy = false;
    --under_way_;
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
  const std::string request_;
  socket_handle ready_;
  std::vector<connection> connections_;
  std::deque<std::size_t> free_;
  std::deque<clock::time_point> waiting_;  ///< requests that are due and have found no connection free
  std::size_t under_way_ = 0;
  clock::time_point counts_from_;
  clock::time_point last_answer_;
  open_loop_result result_;
};

}  // namespace

open_loop_result run_open_loop(const target& to, const open_loop_settings& settings) {
  allow_descriptors(settings.connections + 64);
  return open_loop(to, settings).run();
}

}  // namespace threadmark::load
