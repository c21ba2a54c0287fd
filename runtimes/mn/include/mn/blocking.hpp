// blocking: calls that keep their OS thread.
#pragma once

#include <utility>

namespace mn {

namespace detail {

/// While it lives, the calling task keeps its thread and another one does its worker's work.
class [[nodiscard]] blocking_section {
 public:
  blocking_section() noexcept;
  ~blocking_section();
  blocking_section(const blocking_section&) = delete;
  blocking_section& operator=(const blocking_section&) = delete;

 private:
  bool entered_;
};

}  // namespace detail

/// Calls `f()` and returns what it returns; what it throws passes through. Meanwhile the other tasks go on as if this
/// one were parked: a spare OS thread takes the place of the one that `f` keeps. For system calls, library calls and
/// locks that block the thread. (Without it they hold others up for about ten milliseconds, until the monitor sees it.)
///
/// The task stays on its OS thread while `f` runs, unless `f` itself blocks on an object of mn, which is allowed. May
/// be nested. From a plain OS thread it is just a call. Where options::spare_threads are all in use, or the system
/// refuses another thread, `f` runs all the same and the others wait (runtime::stats().spares_refused counts it).
///
/// Cost: some microseconds, for waking a thread, so it pays where `f` takes longer. Thread-safe.
template <class F>
decltype(auto) blocking(F&& f) {
  const detail::blocking_section here;
  return std::forward<F>(f)();
}

}  // namespace mn
