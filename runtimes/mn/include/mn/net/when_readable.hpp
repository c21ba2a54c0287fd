// go_when_readable: a task that is started by what comes in.
#pragma once

#include <functional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "mn/detail/task.hpp"
#include "mn/net/stream.hpp"

namespace mn::net {

/// Another go_when_readable() waits for the same connection.
class already_waiting : public mn::error {
 public:
  already_waiting() : error("mn: a task is to be started already when this connection becomes readable") {}
};

}  // namespace mn::net

namespace mn::detail {

/// The place of the one task that waits to be started for a connection. Throws already_waiting.
class [[nodiscard]] start_place {
 public:
  explicit start_place(descriptor& d);
  ~start_place();
  start_place(const start_place&) = delete;
  start_place& operator=(const start_place&) = delete;

  void fill(task& t, const std::source_location& where) noexcept;

 private:
  descriptor* descriptor_;
};

}  // namespace mn::detail

namespace mn::net {

/// Starts `f(s)` as a task of the current runtime when a read of `s` would return at once, also with an error, or so it
/// seems: where others read from it as well, there may be nothing left. Until then the task has no stack: a connection
/// that waits for its next request costs some 300 bytes, not a page and more. One task at a time may wait like this for
/// a connection: throws already_waiting. A deadline that passes meanwhile does not start it. From tasks only; throws
/// what go() throws, and io_error where the system cannot watch the connection.
template <class F>
  requires std::is_invocable_v<std::decay_t<F>&, stream&>
void go_when_readable(stream s, F&& f, const std::source_location& where = std::source_location::current()) {
  auto& d = s.core();
  // f first, so that a copy or move of it that throws leaves the connection where it is, and what is destroyed before
  // the place is not the last handle to it.
  auto body = [f = std::forward<F>(f), s = std::move(s)]() mutable { std::invoke(f, s); };
  mn::detail::start_place place(d);
  auto* t = mn::detail::acquire_task();
  mn::detail::make_task(t, std::move(body));
  place.fill(*t, where);
}

}  // namespace mn::net
