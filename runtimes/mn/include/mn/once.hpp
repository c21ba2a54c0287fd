// once: a function that is called by the first to come, while the others wait for it.
//
// Invariants, under `lock_`
//   * One caller at most runs the function; `runner_` says who, so that a call from inside can be told.
//   * Callers wait only while somebody runs it. When the function has returned all of them go on; when it has thrown
//     the oldest of them becomes the runner in the same step, so a failure cannot leave waiters without a runner.
//   * `state_` becomes `done` once and stays so.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "mn/detail/waiter.hpp"
#include "mn/errors.hpp"

namespace mn {

/// Calls a function exactly once, whoever of the tasks and plain threads comes first. It must outlive every call.
class once {
 public:
  once() = default;
  once(const once&) = delete;
  once& operator=(const once&) = delete;

  /// If no call has succeeded yet: calls f(args...), or waits for whoever does. When it returns, a call has returned
  /// normally, and all that it did is visible. If f throws, the exception goes to the caller whose f it was, and the
  /// one who waited longest calls its own f. Throws recursive_once_call where f itself comes here again; a detour
  /// through another task that f waits for is not seen, and blocks for ever. Cost once done: one load.
  template <class F, class... Args>
  void call(F&& f, Args&&... args) {
    if (is_done() || !begin()) return;
    try {
      std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
    } catch (...) {
      end(false);
      throw;
    }
    end(true);
  }

  /// A call has succeeded.
  [[nodiscard]] bool is_done() const noexcept {
    // Acquire: pairs with the release in end().
    return state_.load(std::memory_order_acquire) == state::done;
  }

 private:
  enum class state : std::uint8_t { untried, running, done };

  /// True: the caller is the runner, and must call end(). False: done.
  bool begin();
  void end(bool returned) noexcept;

  std::atomic<state> state_{state::untried};
  detail::spin_lock lock_;
  const void* runner_ = nullptr;
  detail::waiter_list waiters_;  ///< each with its own identity in `slot`
};

}  // namespace mn
