// on_readable, on_writable: a connection as a case of a select, beside channels and times.
//
//   mn::select(mn::net::on_readable(connection, [&] { n = connection.read(buffer); }),
//              mn::on_recv(messages, [&](auto text) { connection.write(*text); }),
//              mn::after(60s, [&] { connection.close(); }));
#pragma once

#include <utility>

#include "mn/detail/readiness_case.hpp"
#include "mn/net/stream.hpp"

namespace mn::net {

template <class F>
struct readiness_select_case : mn::detail::readiness_case {
  readiness_select_case(stream s, mn::detail::direction which, F f)
      : mn::detail::readiness_case(s.core(), which), keep(std::move(s)), then(std::move(f)) {}
  stream keep;
  F then;
  void complete(mn::detail::attempt) { then(); }
};

/// A case that is taken when a read would return at once, also with an error; it reads nothing itself: f() does. In
/// tasks only: throws not_in_a_task. A deadline of the connection that passes meanwhile does not end the select:
/// after() does. Costs a system call besides.
template <class F>
[[nodiscard]] readiness_select_case<F> on_readable(stream s, F f) {
  mn::detail::require_task();
  return {std::move(s), mn::detail::direction::read, std::move(f)};
}

/// The same for a write, which then finds room for some of it.
template <class F>
[[nodiscard]] readiness_select_case<F> on_writable(stream s, F f) {
  mn::detail::require_task();
  return {std::move(s), mn::detail::direction::write, std::move(f)};
}

}  // namespace mn::net
