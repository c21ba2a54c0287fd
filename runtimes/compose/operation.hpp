// One blocked operation (a send, a receive or a whole select) and its places in the waiting lists of channels.
//
// Invariants
// - A waiter is in at most one list, and its links are read and written only under the lock of that list's channel.
// - An operation is *claimed* at most once: by the partner that completes it, by the close that ends it, or by its
//   own timeout. A claimer other than the owner unparks it exactly once, after the channel's lock has been released.
// - The owner leaves (and its waiters and its operation, which live on its stack, end) only after its claimer's unpark
//   has reached it or after it has claimed the operation itself, and after every waiter has been taken off its list.
//   So whoever finds a waiter in a list under the lock may read it, and whoever has claimed an operation may touch it
//   until its unpark.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include "compose/blocking.hpp"

namespace threadmark::compose {

inline constexpr std::size_t no_case = static_cast<std::size_t>(-1);

template <blocking B>
class operation {
 public:
  /// `contested`: more than one party may try to claim it (a select: several channels and a timeout). Otherwise its
  /// one waiter stands in one list, and finding it there under the lock is the claim.
  explicit operation(bool contested) : contested_(contested) {}
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;

  /// True for exactly one caller. Relaxed: only the exclusivity matters here; what the claimer writes is published by
  /// unpark() to park(), and what the owner wrote before, by the lock of the channel in which it was found.
  [[nodiscard]] bool claim() { return !contested_ || !claimed_.exchange(true, std::memory_order_relaxed); }

  /// Which case ended the operation: written by the claimer before its unpark, read by the owner after its park; it
  /// stays `no_case` when the owner claims it by itself.
  std::size_t winner = no_case;
  typename B::parker parker;

 private:
  const bool contested_;
  std::atomic<bool> claimed_{false};
};

/// An operation's place in one waiting list.
template <blocking B>
struct waiter {
  operation<B>* op = nullptr;
  std::size_t index = 0;  ///< which case of the operation this is
  void* value = nullptr;  ///< a send: T* to move from; a receive: std::optional<T>* to move into
  bool closed = false;    ///< set by close(): nothing was sent or received
  bool linked = false;
  waiter* next = nullptr;
  waiter* prev = nullptr;
};

/// First in, first out; guarded by its channel's lock.
template <blocking B>
class waiter_list {
 public:
  [[nodiscard]] bool empty() const { return head_ == nullptr; }

  void push_back(waiter<B>& w) {
    w.next = nullptr;
    w.prev = tail_;
    (tail_ != nullptr ? tail_->next : head_) = &w;
    tail_ = &w;
    w.linked = true;
  }

  void push_front(waiter<B>& w) {
    w.prev = nullptr;
    w.next = head_;
    (head_ != nullptr ? head_->prev : tail_) = &w;
    head_ = &w;
    w.linked = true;
  }

  void remove(waiter<B>& w) {
    if (!w.linked) return;
    (w.prev != nullptr ? w.prev->next : head_) = w.next;
    (w.next != nullptr ? w.next->prev : tail_) = w.prev;
    w.linked = false;
  }

  /// The first waiter whose operation could be claimed, taken off the list; those claimed elsewhere are dropped (their
  /// owners are on their way and will find them unlinked). Null: nobody waits.
  [[nodiscard]] waiter<B>* claim_front() {
    while (waiter<B>* w = head_) {
      remove(*w);
      if (w->op->claim()) {
        w->op->winner = w->index;
        return w;
      }
    }
    return nullptr;
  }

 private:
  waiter<B>* head_ = nullptr;
  waiter<B>* tail_ = nullptr;
};

/// Waiters claimed under a lock and unparked, in order, when it has been released; their `next` links them.
template <blocking B>
class wake_list {
 public:
  void push_back(waiter<B>& w) {
    w.next = nullptr;
    *end_ = &w;
    end_ = &w.next;
  }

  void unpark_all() {
    while (first_ != nullptr) {
      waiter<B>& w = *std::exchange(first_, first_->next);  // after its unpark it may no longer be there
      w.op->parker.unpark();
    }
  }

 private:
  waiter<B>* first_ = nullptr;
  waiter<B>** end_ = &first_;
};

}  // namespace threadmark::compose
