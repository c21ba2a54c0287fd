// What a joinable task and its handle share: one allocation that holds the function, the result, and who waits for it.
//
// Invariants
//   * Two references: the task's, until it has told that it is done, and the handle's. The last one frees the state.
//   * `thrown` and the result are written by the task before `done_`, and read by the handle's owner after it, or,
//     where there is no handle any more, by the task itself.
//   * The function is destroyed, and the task's fiber_locals are, before `done_`: after join() nothing is left that
//     could run.
//   * An exception is thrown by join(), or ends the program, or is dropped because its handle said so: `fate_` and
//     `done_` change under `lock_`, so exactly one side sees that it came and that nobody will ask.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "mn/detail/task.hpp"
#include "mn/detail/waiter.hpp"

namespace mn::detail {

class join_state {
 public:
  /// What becomes of an exception. `joinable`: the handle is there and may ask.
  enum class fate : std::uint8_t { joinable, ends_program, dropped };

  explicit join_state(const std::source_location& where) noexcept : where_(where) {}
  join_state(const join_state&) = delete;
  join_state& operator=(const join_state&) = delete;
  virtual ~join_state() = default;

  // For the handle.

  /// Blocks until the task is done. Throws join_of_itself.
  void wait();
  [[nodiscard]] bool done() const noexcept {
    // Acquire: pairs with the release in complete().
    return done_.load(std::memory_order_acquire);
  }
  /// The handle gives its reference back without a join. Ends the program if that is an exception's fate.
  void abandon(fate f) noexcept;
  void drop_reference() noexcept;

  std::exception_ptr thrown;

 protected:
  // For the task.

  void begin() noexcept;
  /// Gives the task's reference back.
  void complete() noexcept;

 private:
  [[noreturn]] void fail() const noexcept;

  const std::source_location where_;
  std::atomic<const task*> runs_on_{nullptr};
  std::atomic<std::uint32_t> references_{2};
  spin_lock lock_;
  std::atomic<bool> done_{false};
  fate fate_ = fate::joinable;
  waiter* joiner_ = nullptr;
};

/// With the result, in one of three shapes.
template <class R>
class join_result : public join_state {
 public:
  using join_state::join_state;
  R take() { return std::move(*value_); }  // NOLINT(bugprone-unchecked-optional-access): after set()

 protected:
  template <class F>
  void set(F&& f) {
    value_.emplace(std::invoke(std::forward<F>(f)));
  }

 private:
  std::optional<R> value_;
};

template <class R>
class join_result<R&> : public join_state {
 public:
  using join_state::join_state;
  R& take() noexcept { return *value_; }

 protected:
  template <class F>
  void set(F&& f) {
    value_ = std::addressof(std::invoke(std::forward<F>(f)));
  }

 private:
  R* value_ = nullptr;
};

template <>
class join_result<void> : public join_state {
 public:
  using join_state::join_state;
  void take() noexcept {}

 protected:
  template <class F>
  void set(F&& f) {
    std::invoke(std::forward<F>(f));
  }
};

/// With the function, until it has been called.
template <class F>
class join_task final : public join_result<std::invoke_result_t<F>> {
 public:
  using result = std::invoke_result_t<F>;

  template <class G>
  join_task(G&& f, const std::source_location& where)
      : join_result<result>(where), f_(std::in_place, std::forward<G>(f)) {}

  void run() noexcept {
    this->begin();
    try {
      this->set(std::move(*f_));  // NOLINT(bugprone-unchecked-optional-access): run() is called once
    } catch (...) {
      this->thrown = std::current_exception();
    }
    f_.reset();
    this->complete();
  }

 private:
  std::optional<F> f_;
};

}  // namespace mn::detail
