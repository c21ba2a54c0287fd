// fiber_local<T>: a variable of which each task has its own.
//
// Where a thread_local would not do: a task may go on on another OS thread after any wait, and many tasks share one.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "mn/detail/local_value.hpp"

namespace mn {

/// A T for each task that asks for it, made at the task's first use of it; plain threads have theirs as well.
///
/// A task's values are destroyed when its function has returned and been destroyed, in the reverse order of their
/// making, and before the task counts as ended; a plain thread's at the thread's end. Their destructors may wait, and
/// use any fiber_local; what such a use makes anew is destroyed in turn. A reference is valid until then, for the
/// task's own use: nothing protects a value that is shown to others.
///
/// The fiber_local may go before the tasks that hold values of it: its destructor destroys the value of the task that
/// runs it, others keep theirs until they end. All members may be called at the same time by any number of tasks.
///
/// Cost: one allocation for the first use in a task (and one for the first fiber_local of all), then a call and a few
/// loads; tasks that use none pay one test at their end.
template <class T>
class fiber_local {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>);
  static_assert(std::is_nothrow_destructible_v<T>, "a fiber_local's values are destroyed where nothing can catch");

 public:
  /// Values begin as T().
  fiber_local()
    requires std::default_initializable<T>
      : make_([] { return T(); }) {}
  /// Values begin as copies of `initial`.
  explicit fiber_local(T initial)
    requires std::copy_constructible<T>
      : make_([initial = std::move(initial)] { return initial; }) {}
  /// Values begin as what `make()` returns, called by the task that asks. It may wait; it is called by several tasks at
  /// the same time; it must not use this very fiber_local without end.
  template <class F>
    requires(!std::same_as<F, T> && std::is_invocable_r_v<T, F&>)
  explicit fiber_local(F make) : make_(std::move(make)) {}

  fiber_local(const fiber_local&) = delete;
  fiber_local& operator=(const fiber_local&) = delete;
  ~fiber_local() { detail::drop_local(id_); }

  /// The calling task's (or plain thread's) value. Throws std::bad_alloc, and what making it throws; then it is tried
  /// again at the next use.
  [[nodiscard]] T& get() {
    if (detail::local_value* v = detail::find_local(id_)) return static_cast<value*>(v)->held;
    return make();
  }
  [[nodiscard]] T& operator*() { return get(); }
  [[nodiscard]] T* operator->() { return std::addressof(get()); }

  /// The calling task has used it.
  [[nodiscard]] bool has_value() const noexcept { return detail::find_local(id_) != nullptr; }

 private:
  struct value : detail::local_value {
    explicit value(const std::function<T()>& f) : held(f()) {}
    T held;
  };

  T& make() {
    auto made = std::make_unique<value>(make_);
    // Made meanwhile by make_ itself, or by what that called? The first one stays.
    if (detail::local_value* v = detail::find_local(id_)) return static_cast<value*>(v)->held;
    made->id = id_;
    made->destroy = [](detail::local_value* v) noexcept { delete static_cast<value*>(v); };
    detail::keep_local(*made);
    return made.release()->held;
  }

  const std::uint64_t id_ = detail::new_local_id();
  const std::function<T()> make_;
};

}  // namespace mn
