// How a select waits for several things at once.
//
// 1. Poll: every case is tried once, in a fair order. A select that is in no list needs no claim. One that would rather
//    do something else than wait (`otherwise`) must not miss a case because another became ready and this one ceased to
//    be while it looked at the two: so when it has found nothing it looks once more, with all locks held, in the order
//    of their addresses. Nobody else holds two.
// 2. Register: case by case, a waiter is linked under that channel's lock; if the channel has become ready
//    meanwhile, the select claims itself first (it is in other lists already) and then acts.
// 3. Park, unless a case has been claimed. 4. Unregister everywhere; 5. finish the winning case.
//
// Two selects that meet (one sends, one receives, both still registering) may each claim themselves and then find
// the other claimed. Then neither has moved a value; each unregisters, and begins again at 1, where it is in no list.
// Whoever registers first is found by the other's poll. A peer that passed over us meanwhile is in the list by then,
// and our new poll finds it. So nobody parks while a partner waits. (A poll may see without the lock that there is
// nothing: what it has to find was listed before this select last held that lock.)
//
// Rejected: always holding all channels' locks at once (as Go's runtime does). Sixty-four cases would hold sixty-four
// locks, and every sender would wait for all of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "mn/detail/channel_core.hpp"

namespace mn::detail {

/// One case; the derived class knows the channel's type. `w` lies in it, so a case lives until the select is over.
struct select_case {
  waiter w;

  /// Does the case if that is possible now; the select is in no list.
  virtual attempt poll() = 0;
  /// Links `w`, or claims the select and acts. Returns done or closed if it acted; else blocked, with `retry` set if
  /// it claimed the select in vain.
  virtual attempt enlist(select_claim& claim, bool& retry) = 0;
  /// Unlinks `w` if it still is.
  virtual void withdraw() = 0;

  // For a look at several cases at one moment: the lock of the object that the case waits for.
  [[nodiscard]] virtual const void* object() const noexcept = 0;  ///< the same for all cases with this lock
  virtual void lock() noexcept = 0;
  virtual void unlock() noexcept = 0;
  /// poll() for whoever holds the lock; it is released unless the result is `blocked`.
  virtual attempt try_unlocking() = 0;

  /// Somebody outside the program makes it ready, so a result `done` may be out of date: confirm() is then asked,
  /// without a lock, and where it says no the select goes on.
  bool from_outside = false;
  [[nodiscard]] virtual bool confirm() noexcept { return true; }

  select_case() = default;
  select_case(select_case&&) = default;
  virtual ~select_case() = default;
};

/// The steps that sending and receiving share; `Side` says which list, which attempt, when it may succeed.
template <class T, class Side>
struct channel_case : select_case {
  explicit channel_case(channel_core<T>& c) : core(c) {}
  channel_core<T>& core;

  attempt poll() override {
    if (!side().looks_possible()) return attempt::blocked;
    core.lock.lock();
    const attempt a = side().try_unlocking();
    if (a == attempt::blocked) core.lock.unlock();
    return a;
  }

  attempt enlist(select_claim& claim, bool& retry) override {
    core.lock.lock();
    if (!side().may_succeed(claim)) {
      w.slot = &side().value;
      side().list().push_back(w);
    } else if (try_claim(claim) != claim_result::lost) {
      const attempt a = side().try_unlocking();
      if (a != attempt::blocked) return a;
      retry = true;
    }  // else another case has been claimed; the select will see it
    core.lock.unlock();
    return attempt::blocked;
  }

  [[nodiscard]] const void* object() const noexcept override { return &core; }
  void lock() noexcept override { core.lock.lock(); }
  void unlock() noexcept override { core.lock.unlock(); }

  void withdraw() override {
    core.lock.lock();
    if (w.linked) side().list().remove(w);
    core.lock.unlock();
  }

 private:
  Side& side() { return static_cast<Side&>(*this); }
};

template <class T>
struct recv_case_core : channel_case<T, recv_case_core<T>> {
  using channel_case<T, recv_case_core>::channel_case;
  std::optional<T> value;

  [[nodiscard]] bool looks_possible() const { return this->core.recv_looks_possible(); }
  attempt try_unlocking() override { return this->core.try_recv_unlocking(value); }
  bool may_succeed(const select_claim& claim) const { return this->core.recv_may_succeed(claim); }
  waiter_list& list() { return this->core.receivers; }
};

template <class T>
struct send_case_core : channel_case<T, send_case_core<T>> {
  send_case_core(channel_core<T>& c, T&& v) : channel_case<T, send_case_core>(c), value(std::move(v)) {}
  T value;

  [[nodiscard]] bool looks_possible() const { return this->core.send_looks_possible(); }
  attempt try_unlocking() override { return this->core.try_send_unlocking(value); }
  bool may_succeed(const select_claim& claim) const { return this->core.send_may_succeed(claim); }
  waiter_list& list() { return this->core.senders; }
};

/// What a select came to.
struct select_result {
  std::size_t index;  ///< the winning case's position, or `timed_out` / `none_ready`
  attempt how;        ///< done or closed
};
inline constexpr std::size_t timed_out = static_cast<std::size_t>(-1);
inline constexpr std::size_t none_ready = static_cast<std::size_t>(-2);

/// How a select begins.
enum class select_start {
  poll,         ///< looks at every case, then waits
  poll_only,    ///< looks at every case once and does not wait
  polled_just,  ///< the caller has just looked: waits at once (registering looks again)
};

/// Blocks until one case is done, the time is over (`timeout_ns` < 0: never), or, with `poll_only`, not at all.
/// A single case's `w.index` is its place in `cases`; the order of `cases` does not matter. Throws std::bad_alloc.
select_result run_select(std::span<select_case* const> cases, std::int64_t timeout_ns, select_start start);

/// Not inlined: the generator is per thread, and a task may have moved since the last call.
[[gnu::noinline]] std::uint64_t random_bits() noexcept;

/// Random numbers, several from one draw of 64 bits: the high half of a product with the bound is the number, the low
/// half is as random as before for the next ("Batched Ranged Random Integer Generation", Brackett-Rozinsky and Lemire,
/// 2024). A new draw is made before the product of the bounds is more than 2^32, so each is even to within 2^-32.
class batched_random {
 public:
  /// Below `bound`, which is from 1 to 2^32.
  std::size_t below(std::size_t bound) noexcept {
    spent_ *= bound;
    if (spent_ > limit) {
      bits_ = random_bits();
      spent_ = bound;
    }
    __extension__ using wide = unsigned __int128;
    const wide product = static_cast<wide>(bits_) * bound;
    bits_ = static_cast<std::uint64_t>(product);
    return static_cast<std::size_t>(product >> 64);
  }

 private:
  static constexpr std::uint64_t limit = std::uint64_t{1} << 32;
  std::uint64_t bits_ = 0;
  std::uint64_t spent_ = limit;  ///< product of the bounds since the last draw
};

/// A random permutation of 0..n-1, every one equally likely, made one element at a time (Durstenfeld's shuffle), so
/// that a select whose first look succeeds pays for one. (Rejected: a random start and a random step. With two of
/// four cases ready it takes one of them in 59 of 100 times.)
class fair_order {
 public:
  explicit fair_order(std::size_t n) : n_(n) {
    if (n > inline_.size()) more_.resize(n);
    places_ = more_.empty() ? inline_.data() : more_.data();
    std::iota(places_, places_ + n, std::uint32_t{0});
  }
  fair_order(const fair_order&) = delete;
  fair_order& operator=(const fair_order&) = delete;

  /// At most n times.
  std::size_t next() noexcept {
    if (const std::size_t left = n_ - drawn_; left > 1)
      std::swap(places_[drawn_], places_[drawn_ + random_.below(left)]);
    return places_[drawn_++];
  }
  /// The order in which they were drawn, and then the others.
  std::size_t operator[](std::size_t n) const noexcept { return places_[n]; }

 private:
  std::size_t n_;
  std::size_t drawn_ = 0;
  batched_random random_;
  std::uint32_t* places_;
  std::array<std::uint32_t, 64> inline_;
  std::vector<std::uint32_t> more_;
};

}  // namespace mn::detail
