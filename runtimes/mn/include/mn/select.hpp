// select: waits for whichever of several channel operations can go on.
//
//   mn::select(mn::on_recv(results, [](std::optional<std::string> r) { ... }),   // empty: closed and drained
//              mn::on_send(jobs, 7, [] { ... }),
//              mn::after(3s, [] { ... }));
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "mn/channel.hpp"
#include "mn/detail/select_core.hpp"

namespace mn {

template <class T, class F>
struct recv_case : detail::recv_case_core<T> {
  recv_case(channel<T> ch, F f) : detail::recv_case_core<T>(ch.core()), keep(std::move(ch)), then(std::move(f)) {}
  channel<T> keep;
  F then;
  void complete(detail::attempt) { then(std::move(this->value)); }
};

template <class T, class F>
struct send_case : detail::send_case_core<T> {
  send_case(channel<T> ch, T v, F f)
      : detail::send_case_core<T>(ch.core(), std::move(v)), keep(std::move(ch)), then(std::move(f)) {}
  channel<T> keep;
  F then;
  void complete(detail::attempt how) {
    if (how == detail::attempt::closed) throw send_on_closed_channel();
    then();
  }
};

template <class F>
struct after_case {
  std::chrono::nanoseconds timeout;
  F then;
};

template <class F>
struct otherwise_case {
  F then;
};

/// A case that receives: f(std::optional<T>), empty when the channel is closed and drained.
template <class T, class F>
[[nodiscard]] recv_case<T, F> on_recv(channel<T> ch, F f) {
  return {std::move(ch), std::move(f)};
}

/// A case that sends `value` and then calls f(). If the channel is closed, select throws send_on_closed_channel.
template <class T, class U, class F>
[[nodiscard]] send_case<T, F> on_send(channel<T> ch, U&& value, F f) {
  return {std::move(ch), T(std::forward<U>(value)), std::move(f)};
}

/// A case that is taken when no other was ready for `timeout`. Of several the shortest counts.
template <class F>
[[nodiscard]] after_case<F> after(std::chrono::nanoseconds timeout, F f) {
  return {timeout < timeout.zero() ? timeout.zero() : timeout, std::move(f)};
}

/// A case that is taken at once when no other is ready.
template <class F>
[[nodiscard]] otherwise_case<F> otherwise(F f) {
  return {std::move(f)};
}

namespace detail {

template <class Case>
inline constexpr bool is_channel_case = std::is_base_of_v<select_case, Case>;
template <class Case>
inline constexpr bool is_after = false;
template <class F>
inline constexpr bool is_after<after_case<F>> = true;
template <class Case>
inline constexpr bool is_otherwise = false;
template <class F>
inline constexpr bool is_otherwise<otherwise_case<F>> = true;

}  // namespace detail

/// Performs exactly one of the cases, calls its function on the calling task, and returns its position. Where several
/// are ready the choice is fair. Blocks while none is, unless there is `after` or `otherwise`. The functions run
/// outside all locks; what they throw passes through. Also from plain OS threads.
template <class... Cases>
std::size_t select(Cases&&... cases) {
  static_assert(sizeof...(Cases) > 0, "a select without a case would block for ever");
  constexpr std::size_t channels = (std::size_t{detail::is_channel_case<std::decay_t<Cases>>} + ...);
  std::array<detail::select_case*, channels == 0 ? 1 : channels> list{};
  std::array<std::size_t, channels == 0 ? 1 : channels> positions{};
  std::size_t used = 0, position = 0, after_position = 0, otherwise_position = 0;
  std::int64_t timeout = -1;
  bool only_poll = false;

  const auto enter = [&](auto& c) {
    using kind = std::decay_t<decltype(c)>;
    if constexpr (detail::is_channel_case<kind>) {
      positions[used] = position;
      list[used++] = &c;
    } else if constexpr (detail::is_after<kind>) {
      if (timeout < 0 || c.timeout.count() < timeout) {
        timeout = c.timeout.count();
        after_position = position;
      }
    } else {
      static_assert(detail::is_otherwise<kind>, "select takes on_recv, on_send, after and otherwise");
      only_poll = true;
      otherwise_position = position;
    }
    ++position;
  };
  (enter(cases), ...);

  const auto result = detail::run_select(std::span(list.data(), channels), timeout,
                                         only_poll ? detail::select_start::poll_only : detail::select_start::poll);
  const std::size_t winner = result.index == detail::timed_out    ? after_position
                             : result.index == detail::none_ready ? otherwise_position
                                                                  : positions[result.index];
  position = 0;
  const auto finish = [&](auto& c) {
    if (position++ != winner) return;
    if constexpr (detail::is_channel_case<std::decay_t<decltype(c)>>) {
      c.complete(result.how);
    } else {
      c.then();
    }
  };
  (finish(cases), ...);
  return winner;
}

namespace detail {

/// Up to so many cases of a recv_any lie on the caller's stack (about a kilobyte), more on the heap.
inline constexpr std::size_t few_cases = 8;

template <class T>
class inline_cases {
 public:
  template <class Channel>
  explicit inline_cases(std::span<Channel> channels) {
    for (const channel<T>& ch : channels) {
      ::new (static_cast<void*>(storage_ + size_ * sizeof(recv_case_core<T>))) recv_case_core<T>(ch.core());
      ++size_;
    }
  }
  inline_cases(const inline_cases&) = delete;
  inline_cases& operator=(const inline_cases&) = delete;
  ~inline_cases() {
    for (std::size_t i = 0; i < size_; ++i) (*this)[i].~recv_case_core();
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  recv_case_core<T>& operator[](std::size_t i) noexcept {
    return *std::launder(reinterpret_cast<recv_case_core<T>*>(storage_ + i * sizeof(recv_case_core<T>)));
  }

 private:
  std::size_t size_ = 0;
  alignas(recv_case_core<T>) std::byte storage_[few_cases * sizeof(recv_case_core<T>)];
};

}  // namespace detail

/// Receives from whichever of the channels is ready, chosen fairly; blocks while none is. Returns the channel's place
/// and the value, empty when that channel is closed and drained. Its items may be of a class derived from
/// channel. Throws select_without_case where the span is empty.
template <class Channel, class T = typename Channel::value_type>
  requires std::derived_from<Channel, channel<T>>
std::pair<std::size_t, std::optional<T>> recv_any(std::span<Channel> channels) {
  if (channels.empty()) throw select_without_case();
  detail::fair_order order(channels.size());
  std::optional<T> value;
  for (std::size_t n = 0; n < channels.size(); ++n) {
    const std::size_t i = order.next();
    const channel<T>& ch = channels[i];
    if (ch.try_recv(value) != channel<T>::state::empty) return {i, detail::by_parts(std::move(value))};
  }
  const auto wait = [](auto& cases, auto& list) -> std::pair<std::size_t, std::optional<T>> {
    for (std::size_t i = 0; i < cases.size(); ++i) list[i] = &cases[i];
    const auto result = detail::run_select(list, -1, detail::select_start::polled_just);
    return {result.index, detail::by_parts(std::move(cases[result.index].value))};
  };
  if (channels.size() <= detail::few_cases) {
    detail::inline_cases<T> cases(channels);
    std::array<detail::select_case*, detail::few_cases> places;
    std::span list(places.data(), channels.size());
    return wait(cases, list);
  }
  std::vector<detail::recv_case_core<T>> cases;
  cases.reserve(channels.size());
  for (const channel<T>& ch : channels) cases.emplace_back(ch.core());
  std::vector<detail::select_case*> list(channels.size());
  return wait(cases, list);
}

}  // namespace mn
