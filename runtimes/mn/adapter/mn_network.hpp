// mn's own network behind the model's names. What mn throws where the other side breaks off is no error here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "compose/socket.hpp"
#include "mn/mn.hpp"
#include "model.hpp"

namespace threadmark::mn_adapter {

/// The variant in which a connection has no task, and so no stack, between two requests.
inline constexpr std::string_view stackless = "stackless";

class connection {
 public:
  explicit connection(mn::net::stream s) : stream_(std::move(s)) {}
  std::size_t read_some(std::span<char> into) {
    try {
      return stream_.read(into);
    } catch (const mn::io_error&) {
      return 0;
    }
  }

  bool write_all(std::string_view all) {
    try {
      stream_.write(all);
      return true;
    } catch (const mn::io_error&) {
      return false;
    }
  }

  /// Starts f(*this) as a task when there may be something to read, again and again until it returns false.
  template <class F>
  static void serve_when_readable(connection c, F f) {
    const mn::net::stream s = c.stream_;
    mn::net::go_when_readable(s, [f = std::move(f), c = std::move(c)](mn::net::stream&) mutable {
      if (f(c)) serve_when_readable(std::move(c), std::move(f));
    });
  }

 private:
  mn::net::stream stream_;
};

class listener {
 public:
  [[nodiscard]] std::uint16_t port() const { return listener_.local().port(); }

  std::optional<connection> accept() {
    for (;;) {
      try {
        return connection(listener_.accept());
      } catch (const mn::io_closed&) {
        return std::nullopt;
      } catch (const mn::io_error& refused) {
        const auto& why = refused.code();
        if (!compose::is_short_of_descriptors(why.value())) throw;
        mn::sleep_for(compose::short_wait);  // the connection waits on meanwhile
      }
    }
  }

  void close() { listener_.close(); }

 private:
  mn::net::listener listener_ = mn::net::listen("127.0.0.1:0");
};

}  // namespace threadmark::mn_adapter
