// A channel handle that stands on Boost.Fiber's own channels where they do what is asked, and on the composed channel
// where they do not. Which one is decided when the channel is made, so a workload pays for no other:
//
//   capacity 0                      native    boost::fibers::unbuffered_channel
//   at_least{n}                     native    boost::fibers::buffered_channel, its ring the next power of two above n
//   capacity 2^k - 1                native    the same: its ring of s slots holds s - 1 values
//   any other capacity              composed  no ring of Boost's holds exactly that many
//   selectable{n}                   composed  Boost's channels cannot be waited for several at a time, and the
//                                             unbuffered one cannot be tried without blocking
//   a T without default constructor composed  Boost's buffered channel fills its ring with such values
#pragma once

#include <atomic>
#include <bit>
#include <boost/fiber/buffered_channel.hpp>
#include <boost/fiber/unbuffered_channel.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

#include "boost_fiber/fiber_parker.hpp"
#include "compose/channel.hpp"
#include "model.hpp"

namespace threadmark::boost_fibers {

/// What travels through the unbuffered channel: Boost's push() says "closed" whenever the channel is closed by the time
/// it goes on, even if the value had been received before. So the receiver's assignment leaves word with the sender,
/// which is still blocked then.
template <class T>
struct parcel {
  T value{};
  std::atomic<bool>* received = nullptr;

  parcel() = default;
  parcel(T v, std::atomic<bool>& r) : value(std::move(v)), received(&r) {}
  parcel(parcel&&) noexcept = default;  // into the channel's slot, which is the sender's
  parcel& operator=(parcel&& from) noexcept {
    value = std::move(from.value);
    // relaxed: the wake-up that follows publishes it.
    if (from.received != nullptr) from.received->store(true, std::memory_order_relaxed);
    return *this;
  }
};

template <class T>
class native_channel {
 public:
  using unbuffered = boost::fibers::unbuffered_channel<parcel<T>>;
  using buffered = boost::fibers::buffered_channel<T>;

  explicit native_channel(std::size_t capacity) : capacity_(capacity) {
    if (capacity == 0) {
      channel_.template emplace<unbuffered>();
    } else {
      channel_.template emplace<buffered>(capacity + 1);
    }
  }

  void send(T value) {
    if (auto* ring = std::get_if<buffered>(&channel_)) {
      if (ring->push(std::move(value)) == boost::fibers::channel_op_status::success) return;
    } else if (!closed()) {
      std::atomic<bool> received = false;
      const auto status = std::get<unbuffered>(channel_).push(parcel<T>(std::move(value), received));
      if (status == boost::fibers::channel_op_status::success || received.load(std::memory_order_relaxed)) return;
    }
    throw channel_closed("send on closed channel");
  }

  std::optional<T> recv() {
    if (auto* ring = std::get_if<buffered>(&channel_)) {
      T value{};
      if (ring->pop(value) == boost::fibers::channel_op_status::success) return value;
    } else if (!closed()) {  // Boost's closed channel may still point at a sender that has left
      parcel<T> received;
      if (std::get<unbuffered>(channel_).pop(received) == boost::fibers::channel_op_status::success) {
        return std::move(received.value);
      }
    }
    return std::nullopt;
  }

  bool try_send(T value) {
    switch (ring().try_push(std::move(value))) {
      case boost::fibers::channel_op_status::success: return true;
      case boost::fibers::channel_op_status::closed: throw channel_closed("send on closed channel");
      default: return false;
    }
  }

  try_result try_recv(T& value) {
    switch (ring().try_pop(value)) {
      case boost::fibers::channel_op_status::success: return try_result::value;
      case boost::fibers::channel_op_status::closed: return try_result::closed;
      default: return try_result::empty;
    }
  }

  void close() {
    // acq_rel: whoever sees the flag (closed()) sees what the closer did before.
    if (closed_.exchange(true, std::memory_order_acq_rel)) throw channel_closed("close of closed channel");
    if (auto* ring = std::get_if<buffered>(&channel_)) return ring->close();
    std::get<unbuffered>(channel_).close();
  }

  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  [[nodiscard]] bool closed() const { return closed_.load(std::memory_order_acquire); }
  buffered& ring() {
    if (auto* ring = std::get_if<buffered>(&channel_)) return *ring;
    throw std::logic_error("boost::fibers::unbuffered_channel cannot be tried: make the channel with selectable{0}");
  }

  const std::size_t capacity_;
  std::atomic<bool> closed_{false};  // Boost's own close() does not tell that it was closed before
  std::variant<std::monostate, unbuffered, buffered> channel_;
};

template <class T>
class channel {
 public:
  using value_type = T;
  using composed = compose::channel<T, blocking>;
  using native = native_channel<T>;

  explicit channel(std::size_t capacity) {
    if (has_native && std::has_single_bit(capacity + 1)) {
      make_native(capacity);
    } else {
      channel_.template emplace<composed>(capacity);
    }
  }
  explicit channel(at_least wanted) {
    if (has_native) {
      make_native(std::bit_ceil(wanted.capacity + 1) - 1);
    } else {
      channel_.template emplace<composed>(wanted.capacity);
    }
  }
  explicit channel(selectable wanted) : channel_(std::in_place_type<composed>, wanted.capacity) {}

  void send(T value) {
    dispatch([&](auto& ch) { ch.send(std::move(value)); });
  }
  std::optional<T> recv() {
    return dispatch([](auto& ch) { return ch.recv(); });
  }
  bool try_send(T value) {
    return dispatch([&](auto& ch) { return ch.try_send(std::move(value)); });
  }
  try_result try_recv(T& value) {
    return dispatch([&](auto& ch) { return ch.try_recv(value); });
  }
  void close() {
    dispatch([](auto& ch) { ch.close(); });
  }
  [[nodiscard]] std::size_t capacity() const {
    return dispatch([](auto& ch) { return ch.capacity(); });
  }

  [[nodiscard]] bool is_native() const { return std::holds_alternative<std::shared_ptr<native>>(channel_); }

  /// For select.
  [[nodiscard]] compose::channel_core<T, blocking>& core() const {
    if (is_native()) throw std::logic_error("select over a channel that was not made with selectable{}");
    return std::get<composed>(channel_).core();
  }

 private:
  static constexpr bool has_native = std::is_default_constructible_v<T>;

  void make_native(std::size_t capacity) {
    if constexpr (has_native) channel_.template emplace<std::shared_ptr<native>>(std::make_shared<native>(capacity));
  }

  /// f(the channel behind this handle).
  template <class F>
  decltype(auto) dispatch(F f) const {
    if constexpr (has_native) {
      if (auto* n = std::get_if<std::shared_ptr<native>>(&channel_)) return f(**n);
    }
    return f(std::get<composed>(channel_));
  }

  mutable std::variant<std::monostate, std::shared_ptr<native>, composed> channel_;
};

}  // namespace threadmark::boost_fibers
