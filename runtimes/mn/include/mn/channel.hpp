// channel<T>: values pass from task to task.
#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include "mn/detail/channel_core.hpp"

namespace mn {

/// A shared handle to a channel, as in Go: copies refer to the same channel, which lives until the last is gone.
///
/// All members may be called at the same time from any number of tasks and plain OS threads. A blocked task gives
/// way; a blocked plain thread sleeps. `T` must move without throwing.
template <class T>
class channel {
 public:
  using value_type = T;

  /// Holds up to `capacity` values. 0, the default: a send completes only when a receive takes the value.
  explicit channel(std::size_t capacity = 0) : core_(detail::channel_core<T>::make(capacity)) {}
  channel(const channel& other) noexcept : core_(other.core_) { core_->add_reference(); }
  channel(channel&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  channel& operator=(channel other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~channel() {
    if (core_) core_->drop_reference();
  }

  /// Blocks until there is room, or, at capacity 0, until a receiver has the value. Throws send_on_closed_channel
  /// if the channel is closed, before or while it blocks; the value is then lost to the receivers.
  void send(T value) const { core_->send(value); }

  /// Blocks until there is a value; empty once the channel is closed and drained.
  std::optional<T> recv() const noexcept { return core_->recv(); }

  /// Sends if that is possible without blocking; else returns false and `value` keeps its value. Throws
  /// send_on_closed_channel.
  [[nodiscard]] bool try_send(T&& value) const {
    core_->lock.lock();
    switch (core_->try_send_unlocking(value)) {
      case detail::attempt::done: return true;
      case detail::attempt::closed: throw send_on_closed_channel();
      case detail::attempt::blocked: core_->lock.unlock();
    }
    return false;
  }
  [[nodiscard]] bool try_send(const T& value) const { return try_send(T(value)); }

  /// What try_recv found.
  enum class [[nodiscard]] state { value, empty, closed };

  /// Receives into `value` if that is possible without blocking. `closed`: closed and drained.
  state try_recv(std::optional<T>& value) const noexcept {
    if (!core_->recv_looks_possible()) return state::empty;
    core_->lock.lock();
    switch (core_->try_recv_unlocking(value)) {
      case detail::attempt::done: return state::value;
      case detail::attempt::closed: return state::closed;
      case detail::attempt::blocked: core_->lock.unlock();
    }
    return state::empty;
  }

  /// No more sends: values already in the channel can still be received. Wakes everyone who is blocked on it,
  /// and where they are many lets those who were woken run in between, as go() does. Throws close_of_closed_channel.
  void close() const { core_->close(true); }

  [[nodiscard]] std::size_t capacity() const noexcept { return core_->capacity(); }
  /// How many values wait in the buffer at this moment.
  [[nodiscard]] std::size_t size() const noexcept { return core_->size(); }

  /// Two handles are equal if they refer to the same channel.
  friend bool operator==(const channel& a, const channel& b) noexcept { return a.core_ == b.core_; }

  /// `for (T& v : ch)` receives until the channel is closed and drained.
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    explicit iterator(const channel* from) : from_(from) { ++*this; }
    T& operator*() const noexcept { return *value_; }  // NOLINT(bugprone-unchecked-optional-access): not at the end
    iterator& operator++() noexcept {
      value_.reset();
      value_ = from_->recv();
      return *this;
    }
    void operator++(int) noexcept { ++*this; }
    friend bool operator==(const iterator& i, std::default_sentinel_t) noexcept { return !i.value_; }

   private:
    const channel* from_ = nullptr;
    mutable std::optional<T> value_;
  };
  iterator begin() const { return iterator(this); }
  std::default_sentinel_t end() const noexcept { return {}; }

  /// For select.
  [[nodiscard]] detail::channel_core<T>& core() const noexcept { return *core_; }

 private:
  detail::channel_core<T>* core_;
};

}  // namespace mn
