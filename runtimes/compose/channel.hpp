// The handle of a composed channel, as runtimes/model.hpp asks for it. The state is in channel_core.hpp.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "compose/channel_core.hpp"
#include "model.hpp"

namespace threadmark::compose {

template <class T, blocking B>
class channel {
 public:
  using value_type = T;

  explicit channel(std::size_t capacity) : core_(std::make_shared<channel_core<T, B>>(capacity)) {}
  explicit channel(at_least wanted) : channel(wanted.capacity) {}
  explicit channel(selectable wanted) : channel(wanted.capacity) {}

  void send(T value) { core_->send(value); }

  std::optional<T> recv() {
    std::optional<T> value;
    core_->recv(value);
    return value;
  }

  bool try_send(T value) {
    const outcome result = core_->try_send(value);
    if (result == outcome::closed) throw channel_core<T, B>::send_on_closed();
    return result == outcome::done;
  }

  try_result try_recv(T& value) {
    std::optional<T> received;
    switch (core_->try_recv(received)) {
      case outcome::done:
        value = std::move(*received);  // NOLINT(bugprone-unchecked-optional-access): `done` says so
        return try_result::value;
      case outcome::would_block: return try_result::empty;
      case outcome::closed: break;
    }
    return try_result::closed;
  }

  void close() { core_->close(); }
  [[nodiscard]] std::size_t capacity() const { return core_->capacity(); }

  /// For select: valid while a copy of this handle lives.
  [[nodiscard]] channel_core<T, B>& core() const { return *core_; }

 private:
  std::shared_ptr<channel_core<T, B>> core_;
};

}  // namespace threadmark::compose
