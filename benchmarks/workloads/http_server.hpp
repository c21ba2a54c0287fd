// The HTTP/1.1 server of `echo_server` and `idle_connections`, written once for all models: it listens on 127.0.0.1,
// and each connection is served until its peer ends it.
#pragma once

#include <sys/resource.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http_request.hpp"
#include "trial.hpp"
#include "work_loop.hpp"

namespace threadmark::workloads {

namespace answers {
inline constexpr std::string_view ok =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!";
inline constexpr std::string_view bad_request = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
inline constexpr std::string_view not_found = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
inline constexpr std::string_view wrong = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
}  // namespace answers

/// Lets this process have as many descriptors as it may; returns how many that are.
inline std::uint64_t all_descriptors() {
  rlimit most{};
  ::getrlimit(RLIMIT_NOFILE, &most);
  most.rlim_cur = most.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &most);
  ::getrlimit(RLIMIT_NOFILE, &most);
  return most.rlim_cur;
}

/// What all connections of a server share; they outlive the server's own frame where the model ends them late.
struct http_service {
  explicit http_service(const trial& t) : work_steps(t.steps_for(work_ns)), work_result(work_as_map(work_steps)(0)) {}

  static constexpr std::chrono::milliseconds wait{5};
  static constexpr std::uint64_t work_ns = 50'000;
  const std::uint64_t work_steps, work_result;
  // Relaxed: who reads them waits for the connections to end, or sees only how many there are about now.
  std::atomic<std::uint64_t> open{0};      ///< connections
  std::atomic<std::uint64_t> answered{0};  ///< requests of those that have ended
};

/// One connection's part: what is called each time that there may be something to read.
template <networks M>
class http_conversation {
 public:
  explicit http_conversation(std::shared_ptr<http_service> service) : service_(std::move(service)) {
    service_->open.fetch_add(1, std::memory_order_relaxed);
  }
  http_conversation(http_conversation&& other) noexcept = default;
  http_conversation& operator=(http_conversation&&) = delete;
  ~http_conversation() {
    if (!service_) return;  // moved from
    service_->answered.fetch_add(answered_, std::memory_order_relaxed);
    service_->open.fetch_sub(1, std::memory_order_release);  // pairs with the acquire of who waits for the last one
  }

  /// Reads once and answers what has come. False: the connection is over.
  bool operator()(typename M::connection& with) {
    std::array<char, 1024> buffer;
    const std::size_t n = with.read_some(buffer);
    return n != 0 && answer_all(with, {buffer.data(), n});
  }

 private:
  /// Not inlined: its buffer is needed only while it answers, not on the stack of one that waits for a request.
  [[gnu::noinline]] bool answer_all(typename M::connection& with, std::string_view in) {
    std::array<char, 1024> out;
    std::size_t filled = 0;
    bool stays = true;
    while (stays && !in.empty()) {
      std::string_view says;
      switch (reader_.take(in)) {
        case request_reader::found::more: continue;
        case request_reader::found::bad:
          says = answers::bad_request;
          stays = false;
          break;
        case request_reader::found::request: says = answer(reader_.asked()); break;
      }
      if (filled + says.size() > out.size()) {
        if (!with.write_all({out.data(), filled})) return false;
        filled = 0;
      }
      std::memcpy(out.data() + filled, says.data(), says.size());
      filled += says.size();
      ++answered_;
    }
    return (filled == 0 || with.write_all({out.data(), filled})) && stays;
  }

  std::string_view answer(route to) {
    switch (to) {
      case route::root: return answers::ok;
      case route::wait: M::sleep_for(http_service::wait); return answers::ok;
      case route::work: return do_work(0, service_->work_steps) == service_->work_result ? answers::ok : answers::wrong;
      case route::unknown: break;
    }
    return answers::not_found;
  }

  std::shared_ptr<http_service> service_;
  request_reader reader_;
  std::uint64_t answered_ = 0;
};

/// The server. For the root task; starts to listen in the constructor.
template <networks M>
class http_server {
 public:
  explicit http_server(const trial& t) : service_(std::make_shared<http_service>(t)) {
    all_descriptors();
    accepts_.add(1);
    start<M>([this] {
      while (auto came = listener_.accept()) M::serve(std::move(*came), http_conversation<M>(service_));
      accepts_.done();
    });
  }

  [[nodiscard]] std::uint16_t port() { return listener_.port(); }
  [[nodiscard]] std::uint64_t open() const { return service_->open.load(std::memory_order_acquire); }
  /// Requests, once no connection is open any more.
  [[nodiscard]] std::uint64_t answered() const { return service_->answered.load(std::memory_order_relaxed); }

  /// Waits until every connection has been ended by its peer.
  void wait_for_the_last() const {
    while (open() != 0) M::sleep_for(std::chrono::milliseconds(1));
  }

  /// No more connections; to be called before it ends.
  void close() {
    listener_.close();
    accepts_.wait();
  }

 private:
  std::shared_ptr<http_service> service_;
  typename M::listener listener_;
  typename M::wait_group accepts_;
};

/// Asks the client and lets others run until it has answered.
template <threading_model M>
client_metrics ask(trial& t, const std::string& line) {
  t.ask_client(line);
  for (;;) {
    if (auto metrics = t.client_answer()) return *std::move(metrics);
    M::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace threadmark::workloads
