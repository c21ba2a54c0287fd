// What a channel does, apart from its handle.
//
// Invariants, under `lock`:
//   * values are buffered only while no receiver waits; a sender waits only while the buffer is full (always, when
//     the capacity is 0); so one of `senders` and `receivers` has no winnable waiter at any time, except that one
//     select may wait in both lists of the same channel (it never meets itself: a claim is won once).
//   * nobody begins to wait on a closed channel, and close wakes all who do.
// No value is dropped: a value leaves its sender either into a waiter's slot or into the buffer, both under the lock,
// or it stays with a sender that is told "closed". No wake-up is lost: a waiter is in the list before its owner's
// lock is released, and the lock is released only when the owner can be woken (park_unlock).
// A value never passes a buffered one: a receiver takes from the buffer first and then moves the first blocked
// sender's value to the buffer's end, so order is first in, first out over both.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "mn/detail/biased_lock.hpp"
#include "mn/detail/task.hpp"
#include "mn/detail/waiter.hpp"
#include "mn/errors.hpp"

namespace mn::detail {

/// What an attempt under the lock came to.
enum class [[nodiscard]] attempt {
  done,     ///< a value was moved
  closed,   ///< the channel is closed (and, for a receive, drained)
  blocked,  ///< nothing could be done now
};

/// `v`, built anew from its parts. Small trivial types are copied as a whole, and a load that spans several stores
/// which have just been made cannot be forwarded from them: it waits a dozen cycles until they are in the cache
/// ("store-to-load forwarding", AMD Software Optimization Guide for Family 17h).
template <class T>
std::optional<T> by_parts(std::optional<T>&& v) noexcept {
  if (v) return std::optional<T>(std::in_place, std::move(*v));
  return std::nullopt;
}

template <class T>
class channel_core {
  static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_destructible_v<T>,
                "a channel's values move between tasks and must do so without throwing");

 public:
  static channel_core* make(std::size_t capacity) {
    if (capacity > (std::numeric_limits<std::size_t>::max() - offset()) / sizeof(T)) throw std::bad_alloc();
    void* memory = ::operator new(offset() + capacity * sizeof(T), std::align_val_t{alignment()});
    return ::new (memory) channel_core(capacity);
  }

  // Relaxed: a new reference is made from one that the caller holds. The last release must see all others' uses.
  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    while (count_ > 0) take_buffered();
    this->~channel_core();
    ::operator delete(static_cast<void*>(this), std::align_val_t{alignment()});
  }

  /// Nobody else has a reference, and so nobody can make one. Acquire: pairs with the release of those who had.
  [[nodiscard]] bool is_sole_reference() const noexcept { return references_.load(std::memory_order_acquire) == 1; }

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  [[nodiscard]] std::size_t size() noexcept {
    lock.lock();
    const std::size_t n = count_;
    lock.unlock();
    return n;
  }

  void send(T& value) {
    lock.lock();
    switch (try_send_unlocking(value)) {
      case attempt::done: return;
      case attempt::closed: throw send_on_closed_channel();
      case attempt::blocked: break;
    }
    thread_parker parker;
    waiter w;
    w.slot = &value;
    identify(w, parker);
    senders.push_back(w);
    park_unlock(w, lock, wait_reason::channel_send, this);
    if (!w.ok) throw send_on_closed_channel();
  }

  std::optional<T> recv() noexcept {
    std::optional<T> value;
    receive_into(value);
    if constexpr (std::is_trivially_copyable_v<T>) {
      return by_parts(std::move(value));
    } else {
      return value;
    }
  }

  /// Tries to send under the lock, which is released unless the result is `blocked`.
  attempt try_send_unlocking(T& value) noexcept {
    if (closed_) {
      lock.unlock();
      return attempt::closed;
    }
    bool must_wake = false;
    if (waiter* r = take_winnable(receivers, must_wake)) {
      static_cast<std::optional<T>*>(r->slot)->emplace(std::move(value));
      r->ok = true;
      finish_hand_over(*r, must_wake);
      return attempt::done;
    }
    if (count_ == capacity_) return attempt::blocked;
    put_buffered(value);
    lock.unlock();
    return attempt::done;
  }

  /// Tries to receive under the lock, which is released unless the result is `blocked`.
  attempt try_recv_unlocking(std::optional<T>& value) noexcept {
    bool must_wake = false;
    if (count_ > 0) {
      value.emplace(take_buffered());
      if (waiter* s = take_winnable(senders, must_wake)) {
        put_buffered(*static_cast<T*>(s->slot));
        s->ok = true;
        finish_hand_over(*s, must_wake);
      } else {
        lock.unlock();
      }
      return attempt::done;
    }
    if (waiter* s = take_winnable(senders, must_wake)) {
      value.emplace(std::move(*static_cast<T*>(s->slot)));
      s->ok = true;
      finish_hand_over(*s, must_wake);
      return attempt::done;
    }
    if (!closed_) return attempt::blocked;
    lock.unlock();
    return attempt::closed;
  }

  /// `gives_way`: the caller is a task that may let those run whom it has woken, so that what waking them has brought
  /// into the cache is still there when they run.
  void close(bool gives_way = false) {
    lock.lock();
    if (closed_) {
      lock.unlock();
      throw close_of_closed_channel();
    }
    closed_ = true;
    // Waiters are woken after the lock is released; the winner of a claim may write `ok` only under it. Nobody is added
    // to a closed channel's lists, so they are emptied in portions that are still in the cache when they are woken.
    add_reference();  // those who are woken may drop the last of theirs
    for (;;) {
      std::array<waiter*, woken_at_once> portion;
      std::size_t n = 0;
      while (n < portion.size()) {
        bool must_wake = false;
        waiter* w = take_winnable(receivers, must_wake);
        if (!w) w = take_winnable(senders, must_wake);
        if (!w) break;
        w->ok = false;
        if (!must_wake) continue;
        portion[n++] = w;
        if (w->owner) {  // its block may long have left the cache: have it there when it is woken
          __builtin_prefetch(w->owner, 1);
          __builtin_prefetch(&w->owner->state, 1);
        }
      }
      lock.unlock();
      for (std::size_t i = 0; i < n; ++i) wake_winner(*portion[i]);
      if (n < portion.size()) break;
      if (gives_way) let_woken_run();
      lock.lock();
    }
    drop_reference();
  }

  // Without the lock: could an attempt succeed? What was done before the caller's last synchronisation is taken into
  // account, so where it says no, none could have at some moment since.
  [[nodiscard]] bool recv_looks_possible() const noexcept { return count_ > 0 || !senders.empty() || closed_; }
  [[nodiscard]] bool send_looks_possible() const noexcept {
    return count_ < capacity_ || !receivers.empty() || closed_;
  }

  // Under the lock: could an attempt succeed, as far as one can see without claiming anybody? A listed waiter may have
  // been claimed elsewhere; those of the asking select itself do not count.
  [[nodiscard]] bool recv_may_succeed(const select_claim& self) const noexcept {
    return count_ > 0 || closed_ || senders.has_other_than(self);
  }
  [[nodiscard]] bool send_may_succeed(const select_claim& self) const noexcept {
    return count_ < capacity_ || closed_ || receivers.has_other_than(self);
  }

  biased_lock lock;
  waiter_list senders;
  waiter_list receivers;

 private:
  static constexpr std::size_t woken_at_once = 64;

  void receive_into(std::optional<T>& value) noexcept {
    lock.lock();
    if (try_recv_unlocking(value) != attempt::blocked) return;
    thread_parker parker;
    waiter w;
    w.slot = &value;
    identify(w, parker);
    receivers.push_back(w);
    park_unlock(w, lock, wait_reason::channel_receive, this);
  }

  explicit channel_core(std::size_t capacity) noexcept : capacity_(capacity) {}

  static constexpr std::size_t alignment() {
    return alignof(T) > alignof(channel_core) ? alignof(T) : alignof(channel_core);
  }
  static constexpr std::size_t offset() { return (sizeof(channel_core) + alignof(T) - 1) / alignof(T) * alignof(T); }
  T* place(std::size_t i) noexcept {
    return std::launder(reinterpret_cast<T*>(reinterpret_cast<std::byte*>(this) + offset()) + i);
  }

  void put_buffered(T& value) noexcept {
    std::size_t at = head_ + count_;
    if (at >= capacity_) at -= capacity_;
    ::new (static_cast<void*>(place(at))) T(std::move(value));
    count_ = count_ + 1;
  }

  T take_buffered() noexcept {
    T* from = place(head_);
    T value(std::move(*from));
    from->~T();
    if (++head_ == capacity_) head_ = 0;
    count_ = count_ - 1;
    return value;
  }

  void finish_hand_over(waiter& w, bool must_wake) noexcept {
    // A select that is still registering needs no wake-up; it reads its result after taking our lock.
    lock.unlock();
    if (must_wake) wake_winner(w);
  }

  published<bool> closed_;
  std::atomic<std::uint32_t> references_{1};
  std::size_t capacity_;
  published<std::size_t> count_;
  std::size_t head_ = 0;
};

}  // namespace mn::detail
