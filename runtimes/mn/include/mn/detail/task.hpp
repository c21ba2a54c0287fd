// The task's control block: everything mn keeps about a task except its stack. Recycled, never returned to the
// system while the runtime lives. An unstarted task is this block and nothing else.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <source_location>
#include <type_traits>
#include <utility>

#include "mn/detail/published.hpp"
#include "mn/detail/unseen.hpp"

namespace mn::detail {

class scheduler;

/// Who owns the block, its links and its stack.
enum class task_state : std::uint8_t {
  recycled,  ///< in a pool; `next` belongs to the pool; no stack, no closure
  fresh,     ///< in a spawn list; links belong to that list; a closure but no stack yet
  ready,     ///< in a queue or a hand-off slot; links belong to it; the stack is the task's and nobody runs on it
  running,   ///< on a worker; links unused; the stack is in use
  parked,    ///< waits for a waiter, a timer or a lock; links unused; the stack is the task's, its context is saved
  ended,     ///< its closure has returned; the worker on its stack chooses the next task
};

/// A place to continue: a saved stack pointer and what must travel with it. `caught` and `uncaught` mirror the C++
/// runtime's per-thread exception globals (Itanium C++ ABI, 2.2.2), because a task may go on on another thread.
struct context {
  void* sp = nullptr;
  void* caught = nullptr;
  unsigned uncaught = 0;
#if defined(MN_TSAN) || defined(MN_ASAN)
  void* fiber = nullptr;               ///< ThreadSanitizer's fiber, or AddressSanitizer's fake stack
  const void* stack_bottom = nullptr;  ///< for AddressSanitizer
  std::size_t stack_bytes = 0;
  int unseen_depth = 0;  ///< how many `unseen` it is in, for ThreadSanitizer
#endif
};

/// What a parked task waits for; told in every report.
enum class wait_reason : std::uint8_t {
  nothing,
  channel_send,
  channel_receive,
  select,
  sleep,
  wait_group,
  mutex,
  rw_mutex_read,
  rw_mutex_write,
  condition,
  once,
  semaphore,
  join,
  socket_read,
  socket_write,
  socket_select,  ///< a select one of whose cases is a socket's
  blocking,       ///< not parked: inside blocking(), on a worker of its own
  runtime,        ///< of plain threads only: run(), or the end of a runtime, waits for the tasks
};

// The first line is what a switch touches, the second what starting, parking and reports do, the third the closure.
// Atomic members are for reports, which read them from other threads (task_pool.hpp says what they can rely on);
// ownership of a task moves by the queues and by the objects that it waits on.
struct alignas(64) task {
  context ctx;
  task* next = nullptr;
  task* prev = nullptr;
  void* stack = nullptr;            ///< top of the bound stack; null while fresh or recycled
  scheduler* home = nullptr;        ///< the runtime it belongs to
  void (*invoke)(task&) = nullptr;  ///< runs the closure and destroys it

  std::atomic<const char*> file{nullptr};  ///< where it was spawned
  std::atomic<std::uint32_t> line{0};
  std::uint32_t sequence = 0;              ///< its worker's push count when it was queued: tells its age
  std::atomic<std::uint64_t> id{0};        ///< one number for each task of a runtime, from 1; 0: recycled
  std::atomic<const char*> name{nullptr};  ///< from this_task::set_name; others read it by copy_name (task_name.hpp)
  void* locals = nullptr;                  ///< what fiber_local keeps for this task; or null
  std::atomic<const void*> waits_on{nullptr};
  std::atomic<std::uint32_t> since_ms{0};  ///< when it parked or gave way: scheduler::coarse_ms
  std::atomic<wait_reason> waits_for{wait_reason::nothing};
  std::atomic<task_state> state{task_state::recycled};
  std::atomic<bool> trimming{false};  ///< its stack is being trimmed: see stack_trimmer.hpp

  static constexpr std::size_t inline_closure_bytes = 64;
  alignas(16) std::byte storage[inline_closure_bytes];

#if defined(MN_TSAN)
  static constexpr bool closures_fit = false;  // sanitizer.hpp says why they lie on the heap
#else
  static constexpr bool closures_fit = true;
#endif

  /// Puts the closure into the block, or on the heap where it is too large.
  template <class F>
  void set_closure(F&& f) {
    using closure = std::decay_t<F>;
    if constexpr (closures_fit && sizeof(closure) <= inline_closure_bytes && alignof(closure) <= 16) {
      ::new (static_cast<void*>(storage)) closure(std::forward<F>(f));
      invoke = [](task& t) {
        auto* c = std::launder(reinterpret_cast<closure*>(t.storage));
        struct destroy {
          closure* c;
          ~destroy() { c->~closure(); }
        } at_end{c};
        (*c)();
      };
    } else {
      auto* heap = new closure(std::forward<F>(f));
      const unseen hidden;  // the block was another task's
      ::new (static_cast<void*>(storage)) closure*(heap);
      invoke = [](task& t) {
        auto* c = *std::launder(reinterpret_cast<closure**>(t.storage));
        struct destroy {
          closure* c;
          ~destroy() { delete c; }
        } at_end{c};
        (*c)();
      };
    }
  }
};

#if !defined(MN_TSAN) && !defined(MN_ASAN)
static_assert(sizeof(task) == 192, "three cache lines are all that a task costs before it starts");
#endif

/// A block for a task of the current runtime, or of `home`.
task* acquire_task();
task* acquire_task(scheduler& home);
/// Queues a fresh task on the current worker, or on `home` from outside.
void submit(task& t, const std::source_location& where) noexcept;
/// Gives back a block whose closure could not be made.
void discard(task& t) noexcept;

template <class F>
task* make_task(task* t, F&& f) {
  try {
    t->set_closure(std::forward<F>(f));
  } catch (...) {
    discard(*t);
    throw;
  }
  return t;
}

}  // namespace mn::detail
