// spawn: a task that gives back a result, or an exception, to the one who joins it.
#pragma once

#include <exception>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

#include "mn/detail/join_state.hpp"
#include "mn/detail/task.hpp"
#include "mn/errors.hpp"

namespace mn {

/// The right to a task's result. Moves, does not copy; used by one task or thread at a time, which may be any, also a
/// plain thread, and also after the runtime has gone.
///
/// A handle that is destroyed (or assigned to) without a join detaches: the task goes on. An exception that leaves a
/// detached task ends the program, as it does with go(), with a message that says where it was spawned; the same where
/// it came before the handle went. There is one exemption: a handle that goes because an exception unwinds the stack
/// drops what its task may throw, since one failure is on its way already.
template <class R>
class [[nodiscard]] join_handle {
 public:
  /// Has no task.
  join_handle() noexcept = default;
  join_handle(join_handle&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  join_handle& operator=(join_handle&& other) noexcept {
    if (this != &other) {
      leave();
      state_ = std::exchange(other.state_, nullptr);
    }
    return *this;
  }
  ~join_handle() { leave(); }

  /// Blocks until the task has ended, returns what its function returned or throws what it threw. The function itself
  /// and the task's fiber_locals have been destroyed by then, and all that the task did is visible. Once: the handle
  /// has no task afterwards. Throws join_without_task, and join_of_itself, which changes nothing.
  R join() {
    require_task();
    state_->wait();
    struct drop {
      void operator()(detail::join_state* s) const noexcept { s->drop_reference(); }
    };
    const std::unique_ptr<detail::join_result<R>, drop> state(std::exchange(state_, nullptr));
    if (state->thrown) std::rethrow_exception(std::exchange(state->thrown, nullptr));
    return state->take();
  }

  /// Gives up the result; see above. Throws join_without_task.
  void detach() {
    require_task();
    std::exchange(state_, nullptr)->abandon(detail::join_state::fate::ends_program);
  }

  /// It has a task that can be joined.
  [[nodiscard]] bool joinable() const noexcept { return state_ != nullptr; }
  /// The task has ended: join() would not block. Throws join_without_task.
  [[nodiscard]] bool ready() const {
    require_task();
    return state_->done();
  }

  /// For spawn.
  explicit join_handle(detail::join_result<R>& state) noexcept : state_(&state) {}

 private:
  void require_task() const {
    if (!state_) throw join_without_task();
  }
  void leave() noexcept {
    if (!state_) return;
    using enum detail::join_state::fate;
    std::exchange(state_, nullptr)->abandon(std::uncaught_exceptions() > 0 ? dropped : ends_program);
  }

  detail::join_result<R>* state_ = nullptr;
};

namespace detail {

/// Starts `f` as the fresh task `t`.
template <class F, class State = join_task<std::decay_t<F>>>
join_handle<typename State::result> start_joinable(task* t, F&& f, const std::source_location& where) {
  State* state = nullptr;
  try {
    state = new State(std::forward<F>(f), where);
  } catch (...) {
    discard(*t);
    throw;
  }
  t->set_closure([state] { state->run(); });
  join_handle<typename State::result> handle(*state);
  submit(*t, where);
  return handle;
}

}  // namespace detail

/// Starts `f()` as a task of the current runtime, as go() does, with the same errors. What it returns or throws, it
/// gives to the handle. Callable from tasks; from other threads: runtime::spawn. Cost: one allocation more than go().
template <class F>
auto spawn(F&& f, const std::source_location& where = std::source_location::current()) {
  return detail::start_joinable(detail::acquire_task(), std::forward<F>(f), where);
}

}  // namespace mn
