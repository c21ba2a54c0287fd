// The state of a composed channel: a ring of exactly `capacity` values, and the tasks that wait on either side.
//
// Why no value is dropped and no wake-up lost: everything below happens under the channel's lock, where always
//   senders wait only while the ring is full, receivers wait only while it is empty and no sender waits, and after
//   close nobody waits.
// Each step that would break this hands a value over at once: a send that finds a receiver moves the value into the
// receiver's own place and wakes that one task; a receive from a full ring moves the first waiting sender's value in.
// So a woken task never has to look again, and a wake-up goes to exactly one task.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "compose/operation.hpp"

namespace threadmark::compose {

/// What a try on a channel came to.
enum class [[nodiscard]] outcome { done, would_block, closed };

template <class T, blocking B>
class channel_core {
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "a channel hands values over under a lock: moves must not throw");

 public:
  explicit channel_core(std::size_t capacity)
      : capacity_(capacity), ring_(capacity == 0 ? nullptr : std::allocator<T>().allocate(capacity)) {}
  channel_core(const channel_core&) = delete;
  channel_core& operator=(const channel_core&) = delete;
  ~channel_core() {
    while (count_ != 0) (void)pop();
    if (ring_ != nullptr) std::allocator<T>().deallocate(ring_, capacity_);
  }

  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  void send(T& value) {
    operation<B>* woken = nullptr;
    std::unique_lock guard(lock_);
    switch (try_send_locked(value, woken)) {
      case outcome::closed: throw send_on_closed();
      case outcome::done:
        guard.unlock();
        if (woken != nullptr) woken->parker.unpark();
        return;
      case outcome::would_block: break;
    }
    operation<B> op(false);
    waiter<B> self{.op = &op, .value = &value};
    senders_.push_back(self);
    guard.unlock();
    op.parker.park();
    if (self.closed) throw send_on_closed();
  }

  void recv(std::optional<T>& value) {
    operation<B>* woken = nullptr;
    std::unique_lock guard(lock_);
    if (try_recv_locked(value, woken) != outcome::would_block) {
      guard.unlock();
      if (woken != nullptr) woken->parker.unpark();
      return;
    }
    operation<B> op(false);
    waiter<B> self{.op = &op, .value = &value};
    receivers_.push_back(self);
    guard.unlock();
    op.parker.park();
  }

  outcome try_send(T& value) {
    operation<B>* woken = nullptr;
    const outcome result = [&] {
      std::lock_guard guard(lock_);
      return try_send_locked(value, woken);
    }();
    if (woken != nullptr) woken->parker.unpark();
    return result;
  }

  outcome try_recv(std::optional<T>& value) {
    operation<B>* woken = nullptr;
    const outcome result = [&] {
      std::lock_guard guard(lock_);
      return try_recv_locked(value, woken);
    }();
    if (woken != nullptr) woken->parker.unpark();
    return result;
  }

  /// Waiting receivers find the channel closed (the ring is empty while they wait); waiting senders fail. Values
  /// already in the ring stay to be received.
  void close() {
    wake_list<B> ended;
    {
      std::lock_guard guard(lock_);
      if (closed_) throw typename B::channel_closed("close of closed channel");
      closed_ = true;
      for (waiter_list<B>* list : {&receivers_, &senders_}) {
        while (waiter<B>* w = list->claim_front()) {
          w->closed = true;
          ended.push_back(*w);
        }
      }
    }
    ended.unpark_all();
  }

  // For select (select.hpp), which holds the lock itself.
  typename B::lock& lock() { return lock_; }
  waiter_list<B>& senders() { return senders_; }
  waiter_list<B>& receivers() { return receivers_; }

  outcome try_send_locked(T& value, operation<B>*& woken) {
    if (closed_) return outcome::closed;
    if (waiter<B>* receiver = receivers_.claim_front()) {
      static_cast<std::optional<T>*>(receiver->value)->emplace(std::move(value));
      woken = receiver->op;
      return outcome::done;
    }
    if (count_ == capacity_) return outcome::would_block;
    push(std::move(value));
    return outcome::done;
  }

  outcome try_recv_locked(std::optional<T>& value, operation<B>*& woken) {
    if (count_ != 0) {
      value.emplace(pop());
      if (waiter<B>* sender = senders_.claim_front()) {
        push(std::move(*static_cast<T*>(sender->value)));
        woken = sender->op;
      }
      return outcome::done;
    }
    if (waiter<B>* sender = senders_.claim_front()) {  // capacity 0
      value.emplace(std::move(*static_cast<T*>(sender->value)));
      woken = sender->op;
      return outcome::done;
    }
    value.reset();
    return closed_ ? outcome::closed : outcome::would_block;
  }

  static typename B::channel_closed send_on_closed() { return typename B::channel_closed("send on closed channel"); }

 private:
  void push(T&& value) {
    std::size_t at = first_ + count_;
    if (at >= capacity_) at -= capacity_;
    std::construct_at(ring_ + at, std::move(value));
    ++count_;
  }

  T pop() {
    T value(std::move(ring_[first_]));
    std::destroy_at(ring_ + first_);
    if (++first_ == capacity_) first_ = 0;
    --count_;
    return value;
  }

  typename B::lock lock_;
  bool closed_ = false;
  const std::size_t capacity_;
  T* const ring_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  waiter_list<B> senders_;
  waiter_list<B> receivers_;
};

}  // namespace threadmark::compose
