// Sockets for fibers: Boost.Asio, which Boost.Fiber's documentation pairs it with. As there, the thread that runs the
// fibers also runs the io_context: it looks into it now and then while fibers are ready, and waits in it when none is.
// So nothing is handed from thread to thread, and a fiber that waits costs no system call of its own.
//
// An operation is tried first, and waits only where it would block; its handler runs on the fibers' own thread, inside
// the scheduler, and makes the fiber ready.
//
// On one core only: with more, fibers move between threads (fiber_runtime.hpp), and so would a socket between
// io_contexts, for which the libraries have no scheduler.
#pragma once

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/fiber/algo/round_robin.hpp>
#include <boost/fiber/context.hpp>
#include <boost/fiber/operations.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "compose/socket.hpp"
#include "model.hpp"

namespace threadmark::boost_fibers {

namespace asio = boost::asio;

inline asio::io_context& context() {
  static asio::io_context one(1);  // one thread runs it
  return one;
}

/// Boost's round_robin, whose thread looks into the io_context once in each round of the ready fibers, and waits in it
/// where none is ready. Only from the dispatcher, Boost's own fiber: elsewhere a handler might make the very fiber
/// ready that is about to be suspended.
class round_robin_with_asio : public boost::fibers::algo::round_robin {
 public:
  boost::fibers::context* pick_next() noexcept override {
    if (boost::fibers::context::active()->is_context(boost::fibers::type::dispatcher_context)) context().poll();
    return round_robin::pick_next();
  }

  /// Called by the dispatcher where no fiber is ready, until the first of those that sleep is due.
  void suspend_until(const std::chrono::steady_clock::time_point& due) noexcept override {
    // By a timer: a wait in the io_context with an end of its own is rounded up to milliseconds.
    if (due != armed_) {
      armed_ = due;
      timer_.expires_at(due);  // and no longer at the one before
      if (due != never) {
        timer_.async_wait([this](const boost::system::error_code& replaced) {
          if (!replaced) armed_ = never;
        });
      }
    }
    context().run_one();
  }

  /// Another thread has made a fiber ready.
  void notify() noexcept override {
    asio::post(context(), [] {});
  }

 private:
  asio::executor_work_guard<asio::io_context::executor_type> stays_ = asio::make_work_guard(context());
  static constexpr auto never = std::chrono::steady_clock::time_point::max();
  asio::steady_timer timer_{context()};
  std::chrono::steady_clock::time_point armed_ = never;
};

/// The calling thread's fibers go on under it; does nothing the second time.
inline void schedule_with_asio() {
  static const bool once = (boost::fibers::use_scheduling_algorithm<round_robin_with_asio>(), true);
  (void)once;
}

/// What Asio needs to keep an operation, in the frame of the fiber that waits for it: Asio's own store of such memory
/// is for operations that are started inside its run().
struct operation_room {
  static constexpr std::size_t bytes = 256;
  alignas(std::max_align_t) std::byte room[bytes];
  bool taken = false;
};

template <class T>
struct in_frame {
  using value_type = T;

  operation_room* in;

  explicit in_frame(operation_room* where) : in(where) {}
  template <class U>
  in_frame(const in_frame<U>& other) : in(other.in) {}  // NOLINT(google-explicit-constructor): as allocators have it

  T* allocate(std::size_t n) {
    if (in->taken || n * sizeof(T) > operation_room::bytes) return std::allocator<T>().allocate(n);
    in->taken = true;
    return reinterpret_cast<T*>(in->room);
  }
  void deallocate(T* at, std::size_t n) {
    if (static_cast<void*>(at) == in->room) {
      in->taken = false;
    } else {
      std::allocator<T>().deallocate(at, n);
    }
  }
  template <class U>
  friend bool operator==(const in_frame& a, const in_frame<U>& b) {
    return a.in == b.in;
  }
};

/// Starts an operation, which calls its handler with (error, result) later on this thread, and suspends the fiber until
/// then. Returns the result, or the error in `error`.
template <class Result, class Start>
Result wait_for(Start start, boost::system::error_code& error) {
  struct waiting {
    boost::fibers::context* fiber = boost::fibers::context::active();
    boost::system::error_code error;
    std::optional<Result> result;
    bool over = false;
    operation_room room;
  } w;
  start(asio::bind_allocator(in_frame<std::byte>(&w.room), [&w](boost::system::error_code e, Result r) {
    w.error = e;
    w.result.emplace(std::move(r));
    w.over = true;
    boost::fibers::context::active()->schedule(w.fiber);
  }));
  while (!w.over) boost::fibers::context::active()->suspend();
  error = w.error;
  return std::move(*w.result);
}

class connection {
 public:
  explicit connection(asio::ip::tcp::socket s) : socket_(std::move(s)) {}

  std::size_t read_some(std::span<char> into) {
    boost::system::error_code error;
    const auto buffer = asio::buffer(into.data(), into.size());
    // Tries at once by itself, so a try of ours before it would be one too many.
    const auto n =
        wait_for<std::size_t>([&](auto handler) { socket_.async_read_some(buffer, std::move(handler)); }, error);
    return error ? 0 : n;
  }

  bool write_all(std::string_view all) {
    while (!all.empty()) {
      boost::system::error_code error;
      std::size_t n = socket_.write_some(asio::buffer(all), error);
      if (error == asio::error::would_block) {
        n = wait_for<std::size_t>(
            [&](auto handler) { socket_.async_write_some(asio::buffer(all), std::move(handler)); }, error);
      }
      if (error) return false;
      all.remove_prefix(n);
    }
    return true;
  }

 private:
  asio::ip::tcp::socket socket_;
};

class listener {
 public:
  /// Throws not_expressed where there is more than one thread of fibers.
  explicit listener(unsigned threads) : acceptor_(context()) {
    namespace ip = asio::ip;
    if (threads > 1) {
      throw not_expressed("network: with " + std::to_string(threads) +
                          " threads a fiber leaves the thread whose io_context its socket belongs to");
    }
    schedule_with_asio();
    acceptor_.open(ip::tcp::v4());
    acceptor_.bind({ip::address_v4::loopback(), 0});
    acceptor_.listen(listen_queue);
    acceptor_.non_blocking(true);
    acceptor_.set_option(asio::socket_base::enable_connection_aborted(true));  // else it would wait for the next
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  /// Takes what waits already without waiting itself: an asynchronous accept ends in the next round of the fibers, and
  /// where each of them computes, a thousand connections would take a thousand rounds.
  std::optional<connection> accept() {
    namespace error = asio::error;
    while (acceptor_.is_open()) {
      boost::system::error_code e, ignored;
      asio::ip::tcp::socket made(context());
      acceptor_.accept(made, e);
      if (!e) {
        made.non_blocking(true, ignored);
        made.set_option(asio::ip::tcp::no_delay(true), ignored);
        return connection(std::move(made));
      }
      if (e == error::would_block || e == error::try_again) {
        wait_until_readable();
      } else if (compose::is_short_of_descriptors(e.value())) {
        boost::this_fiber::sleep_for(compose::short_wait);
      } else if (!compose::was_broken_early(e.value()) && e != error::bad_descriptor) {
        throw boost::system::system_error(e, "accept");
      }
    }
    return std::nullopt;
  }

  void close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  /// Or until it is closed.
  void wait_until_readable() {
    boost::system::error_code ignored;
    wait_for<std::monostate>(
        [&](auto handler) {
          acceptor_.async_wait(asio::ip::tcp::acceptor::wait_read,
                               [handler](boost::system::error_code e) mutable { handler(e, std::monostate{}); });
        },
        ignored);
  }

  asio::ip::tcp::acceptor acceptor_;
};

}  // namespace threadmark::boost_fibers
