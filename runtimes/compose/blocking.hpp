// What compose/ needs of a model: how a task blocks, and which lock guards a few instructions.
//
// A `parker` blocks one task once. The task makes it on its own stack, lets others reach it, and parks; exactly one
// other party, the one that claimed the operation (see operation.hpp), unparks it, from a task or from any thread.
//
//   park()            returns after unpark(), which may come before it. Never returns for another reason.
//   park_until(t)     true: unparked. False: t has passed first; the task may then park() for the unpark still due.
//   unpark()          called at most once.
//
// The owner may destroy the parker as soon as park() has returned, so unpark() must not touch it after the step that
// lets park() return, nor may it need the owner's thread to outlive it.
//
// The `lock` is held for a few dozen instructions and never while a task is switched, so a lock of the operating
// system (which blocks the worker thread) is right for every model.
#pragma once

#include <chrono>
#include <concepts>
#include <exception>

namespace threadmark::compose {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

/// `delay` from now, or the end of time where that would overflow.
inline time_point deadline_after(std::chrono::nanoseconds delay) {
  const time_point now = clock::now();
  return delay < time_point::max() - now ? now + delay : time_point::max();
}

template <class P>
concept parker = std::default_initializable<P> && requires(P& p, time_point t) {
  p.park();
  { p.park_until(t) } -> std::same_as<bool>;
  p.unpark();
};

/// The traits class that a model hands to everything in compose/.
template <class B>
concept blocking =
    parker<typename B::parker> && std::derived_from<typename B::channel_closed, std::exception> &&
    std::constructible_from<typename B::channel_closed, const char*> && requires(typename B::lock& lock) {
      lock.lock();
      lock.unlock();
    };

}  // namespace threadmark::compose
