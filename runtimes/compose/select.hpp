// Select over composed channels: runs exactly one ready case, chosen at random among those that are ready.
//
// 1. Look at the channels in random order, one lock at a time, and take the first that is ready. This select stands in
//    no list yet, so nobody can claim it, and it may claim others freely.
// 2. If none was: lock *all* channels (each once, in the order of their addresses, so two selects cannot deadlock),
//    look again, and if there is still nothing, enter a waiter in each list; release; park.
// 3. Whoever claims the operation through one of the waiters has completed that case. Take the other waiters off
//    their lists, one lock at a time. When the deadline came first: claim the operation oneself, or, where a partner
//    was quicker, wait for its unpark.
//
// No wake-up is lost: a partner either came before step 2's look, which sees what it left, or after, and finds the
// waiter. No value is dropped: one is only moved by the party whose claim succeeded. Two selects that meet: both
// cannot be half entered, because a select enters all its lists under all their locks; so one of them finds the other
// fully entered, and claims it by its one atomic. A select on both sides of one channel cannot meet itself: it looks
// before it enters.
//
// Rejected: claiming oneself and the partner (as Concurrent ML does) while entering list after list. It spares the
// ordered locking, but two selects that each hold themselves claimed must back off by turns, and a partner that finds
// this one claimed for a moment must wait for it rather than pass on. Rejected: locking all channels at once even when
// one is ready; with 64 producers that is 128 locks a message instead of one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "compose/channel_core.hpp"
#include "compose/random_order.hpp"
#include "model.hpp"

namespace threadmark::compose {

/// A send or a receive that takes part in a select.
template <blocking B>
class select_case {
 public:
  virtual ~select_case() = default;
  [[nodiscard]] virtual typename B::lock& lock() const = 0;
  virtual outcome attempt(operation<B>*& woken) = 0;       ///< under the lock
  virtual void enlist(operation<B>& op, std::size_t) = 0;  ///< under the lock
  virtual void delist() = 0;                               ///< under the lock
};

/// Step 1. `attempt(i, woken)` tries case i under its channel's lock `lock(i)`.
template <blocking B, class Lock, class Attempt>
std::size_t poll_cases(random_order& order, std::size_t n, Lock&& lock, Attempt&& attempt) {
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t i = order[k];
    operation<B>* woken = nullptr;
    outcome result;
    {
      std::lock_guard guard(lock(i));
      result = attempt(i, woken);
    }
    if (woken != nullptr) woken->parker.unpark();
    if (result != outcome::would_block) return i;
  }
  return no_case;
}

/// Steps 2 and 3; `order` is complete. Returns the case, or `no_case` when the deadline came first. Without `wait` it
/// ends when it has looked: at all at one moment, so that no case is missed that became ready while another ceased to
/// be.
template <blocking B>
std::size_t block_on_cases(std::span<select_case<B>* const> cases, random_order& order,
                           std::optional<time_point> deadline, bool wait = true) {
  std::array<typename B::lock*, 16> few;
  std::vector<typename B::lock*> many(cases.size() > few.size() ? cases.size() : 0);
  const std::span<typename B::lock*> storage = many.empty() ? std::span(few).first(cases.size()) : std::span(many);
  std::transform(cases.begin(), cases.end(), storage.begin(), [](select_case<B>* c) { return &c->lock(); });
  std::sort(storage.begin(), storage.end(), std::less<>());
  const auto locks =
      storage.first(static_cast<std::size_t>(std::unique(storage.begin(), storage.end()) - storage.begin()));

  operation<B> op(true);
  for (typename B::lock* l : locks) l->lock();
  operation<B>* woken = nullptr;
  std::size_t found = no_case;
  for (std::size_t k = 0; k < cases.size() && found == no_case; ++k) {
    if (cases[order[k]]->attempt(woken) != outcome::would_block) found = order[k];
  }
  if (found == no_case && wait) {  // in that order too: of two cases on one channel, either may come first
    for (std::size_t k = 0; k < cases.size(); ++k) cases[order[k]]->enlist(op, order[k]);
  }
  for (typename B::lock* l : locks) l->unlock();
  if (woken != nullptr) woken->parker.unpark();
  if (found != no_case || !wait) return found;

  if (!deadline) {
    op.parker.park();
  } else if (!op.parker.park_until(*deadline) && !op.claim()) {
    op.parker.park();  // claimed by a partner at the last moment: its unpark is on the way
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (i == op.winner) continue;  // taken off its list by the claimer
    std::lock_guard guard(cases[i]->lock());
    cases[i]->delist();
  }
  return op.winner;
}

/// What all cases of a receive or a send share.
template <class T, blocking B>
class channel_case : public select_case<B> {
 public:
  /// The channel must outlive the case: the handle stands in the same expression.
  explicit channel_case(channel_core<T, B>& core) : core_(&core) {}
  [[nodiscard]] typename B::lock& lock() const final { return core_->lock(); }

 protected:
  channel_core<T, B>* core_;
  waiter<B> waiter_;
};

template <class T, blocking B>
class receive_case : public channel_case<T, B> {
 public:
  using channel_case<T, B>::channel_case;
  outcome attempt(operation<B>*& woken) final { return this->core_->try_recv_locked(value_, woken); }
  void enlist(operation<B>& op, std::size_t index) final {
    this->waiter_ = {.op = &op, .index = index, .value = &value_};
    this->core_->receivers().push_back(this->waiter_);
  }
  void delist() final { this->core_->receivers().remove(this->waiter_); }
  std::optional<T>& value() { return value_; }

 private:
  std::optional<T> value_;
};

template <class T, blocking B>
class send_case : public channel_case<T, B> {
 public:
  send_case(channel_core<T, B>& core, T value) : channel_case<T, B>(core), value_(std::move(value)) {}
  outcome attempt(operation<B>*& woken) final {
    const outcome result = this->core_->try_send_locked(value_, woken);
    closed_ = result == outcome::closed;
    return result;
  }
  void enlist(operation<B>& op, std::size_t index) final {
    this->waiter_ = {.op = &op, .index = index, .value = &value_};
    this->core_->senders().push_back(this->waiter_);
  }
  void delist() final { this->core_->senders().remove(this->waiter_); }
  void throw_if_closed() const {
    if (closed_ || this->waiter_.closed) throw channel_core<T, B>::send_on_closed();
  }

 private:
  T value_;
  bool closed_ = false;
};

// The cases as a program writes them. Each `finish()` runs in the task after the select has been decided.

template <class T, blocking B, class F>
struct on_recv_case : receive_case<T, B> {
  on_recv_case(channel_core<T, B>& core, F f) : receive_case<T, B>(core), call(std::move(f)) {}
  void finish() { std::invoke(call, std::move(this->value())); }
  F call;
};

template <class T, blocking B, class F>
struct on_send_case : send_case<T, B> {
  on_send_case(channel_core<T, B>& core, T value, F f) : send_case<T, B>(core, std::move(value)), call(std::move(f)) {}
  void finish() {
    this->throw_if_closed();
    std::invoke(call);
  }
  F call;
};

template <class F>
struct after_case {
  duration delay;
  F call;
  void finish() { std::invoke(call); }
};

template <class F>
struct otherwise_case {
  F call;
  void finish() { std::invoke(call); }
};

/// Runs one of the cases and returns its position among the arguments.
template <blocking B, class... Cases>
std::size_t select_among(Cases&... cases) {
  static_assert(sizeof...(Cases) > 0, "a select without cases would block for ever");
  constexpr std::size_t most = sizeof...(Cases);
  std::array<select_case<B>*, most> channels{};
  std::array<std::size_t, most> positions{};
  std::size_t n = 0;
  std::optional<duration> delay;
  std::size_t after_position = no_case;
  std::size_t otherwise_position = no_case;
  std::size_t position = 0;
  const auto sort_in = [&](auto& c) {
    if constexpr (requires { c.attempt(std::declval<operation<B>*&>()); }) {
      channels[n] = &c;
      positions[n++] = position;
    } else if constexpr (requires { c.delay; }) {
      if (!delay || c.delay < *delay) {
        delay = c.delay;
        after_position = position;
      }
    } else {
      otherwise_position = position;
    }
    ++position;
  };
  (sort_in(cases), ...);

  std::optional<time_point> deadline;
  if (delay && otherwise_position == no_case) deadline = deadline_after(*delay);
  random_order order(n);
  std::size_t found = poll_cases<B>(
      order, n, [&](std::size_t i) -> auto& { return channels[i]->lock(); },
      [&](std::size_t i, operation<B>*& woken) { return channels[i]->attempt(woken); });
  const bool wait = otherwise_position == no_case;
  if (found == no_case && (wait || n > 1)) {
    found = block_on_cases<B>(std::span<select_case<B>* const>(channels.data(), n), order, deadline, wait);
  }
  const std::size_t chosen = found != no_case                ? positions[found]
                             : otherwise_position != no_case ? otherwise_position
                                                             : after_position;
  position = 0;
  const auto run_if_chosen = [&](auto& c) {
    if (position++ == chosen) c.finish();
  };
  (run_if_chosen(cases), ...);
  return chosen;
}

/// Receives from whichever channel is ready first.
template <blocking B, class Channel, class T = typename Channel::value_type>
std::pair<std::size_t, std::optional<T>> receive_from_any(std::span<Channel> channels) {
  if (channels.empty()) throw std::invalid_argument("recv_any over no channels would block for ever");
  random_order order(channels.size());
  std::optional<T> value;
  const std::size_t ready = poll_cases<B>(
      order, channels.size(), [&](std::size_t i) -> auto& { return channels[i].core().lock(); },
      [&](std::size_t i, operation<B>*& woken) { return channels[i].core().try_recv_locked(value, woken); });
  if (ready != no_case) return {ready, std::move(value)};

  std::vector<receive_case<T, B>> cases;
  cases.reserve(channels.size());
  for (const Channel& ch : channels) cases.emplace_back(ch.core());
  std::vector<select_case<B>*> pointers;
  pointers.reserve(cases.size());
  for (auto& c : cases) pointers.push_back(&c);
  const std::size_t found = block_on_cases<B>(std::span<select_case<B>* const>(pointers), order, std::nullopt);
  return {found, std::move(cases[found].value())};
}

/// The model's surface for it: a model's struct derives from this.
template <blocking B>
struct select_vocabulary {
  template <class Channel, class F>
  static auto on_recv(const Channel& ch, F f) {
    return on_recv_case<typename Channel::value_type, B, F>(ch.core(), std::move(f));
  }
  template <class Channel, class F>
  static auto on_send(const Channel& ch, typename Channel::value_type value, F f) {
    return on_send_case<typename Channel::value_type, B, F>(ch.core(), std::move(value), std::move(f));
  }
  template <class F>
  static after_case<F> after(duration delay, F f) {
    return {delay, std::move(f)};
  }
  template <class F>
  static otherwise_case<F> otherwise(F f) {
    return {std::move(f)};
  }
  template <class... Cases>
  static std::size_t select(Cases&&... cases) {
    return select_among<B>(cases...);
  }
  template <class Channel>
  static auto recv_any(std::span<Channel> channels) {
    return receive_from_any<B>(channels);
  }
};

}  // namespace threadmark::compose
