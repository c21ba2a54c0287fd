// What a threading model must offer so that the workloads and the conformance suite can be written once.
//
// A model is a struct of static functions and nested types. It has no state of its own: the state lives in its
// `runtime`, of which a process holds one. All functions except `runtime`'s are called from inside a task (the
// function given to `runtime::run`, or one started by `go`).
//
//   runtime        owns the worker threads. `run(f)` runs f as the root task and returns when f has returned and
//                  every task started by `go` has ended. It may be called again; workers and caches stay warm.
//   go(f)          starts f as a task; the caller goes on at once. Throws `limit_reached` where the model cannot
//                  make another task.
//   channel<T>     a shared handle, copied freely; T moves without throwing.
//                    channel(capacity)          holds exactly that many values; 0: a send meets a receive
//                    channel(at_least{n})       holds n or more: a model whose own ring has other sizes may round up
//                    channel(selectable{n})     holds exactly n, and may stand in a `select` or a `recv_any`, and be
//                                               tried (`try_send`, `try_recv`) at any capacity. A model whose own
//                                               channels can do all that ignores the tag; one whose own channels
//                                               cannot makes a composed one. Whoever selects or tries must use it:
//                                               a channel made without it may throw std::logic_error there.
//                    send(v)                    blocks while full; throws `channel_closed` when closed
//                    recv() -> optional<T>      blocks while empty; empty optional: closed and drained
//                    try_send(v) -> bool, try_recv(T&) -> try_result, close(), capacity()
//   select(c...)   runs exactly one ready case, chosen fairly, and returns its position. Cases are made by
//                  on_recv(ch, f(optional<T>)), on_send(ch, v, f()), after(d, f()), otherwise(f()).
//   recv_any(s)    receives from whichever channel of a span is ready: {index, optional<T>}; a dynamic select.
//   wait_group     add(n), done(), wait(). Throws std::logic_error (or a class derived from it) below zero. It may be
//                  destroyed as soon as wait has returned, though the last done() may not have returned yet.
//   mutex          lock, try_lock, unlock: usable with std::lock_guard.
//   held_tasks     starts tasks of which none runs before it says so; only where `held_start` is not unsupported. For
//                  the root task, one at a time.
//                    held_tasks()               throws `not_expressed` where this configuration cannot hold tasks back
//                    go(f)                      starts f as a task, without giving way; throws as go(f) does. From the
//                                               first one on the root must not wait until
//                    release()                  lets them run from now on
//                    ~held_tasks()              all of them have been released and have done what anybody waits for
//   context        a node of a tree that says when to give up; only where `cancellation` is not unsupported. May
//                  be copied.
//                    context()                  a root, which never ends
//                    with_cancel(parent)        {ctx, cancel}: a child; cancel() ends it and everything below it
//                    with_timeout(parent, d)    the same, and it ends by itself after d
//                    on_done(ctx, f())          a case of `select`, ready once the context has ended
//                    end_of(ctx)                whether and why it has ended
//   memory_of_this_task()  where the running task's stack is and what its control block takes (see `task_memory`).
//                  Allocates nothing.
//   receivers_listed()  how many tasks the model's own means list as waiting in a receive; only where `task_listing` is
//                  not unsupported.
//   listener       where TCP connections to 127.0.0.1 come in; only where `network` is not unsupported. May be closed
//                  while another task accepts.
//                    listener()                 at a port that the system picks, with a queue of `listen_queue`; throws
//                                               std::system_error, and `not_expressed` where this configuration cannot
//                    port()
//                    accept() -> optional<connection>  blocks until there is one; empty: it has been closed. Goes on
//                                               where the process has no descriptor left for a while
//                    close()                    wakes who accepts
//   connection     may be moved, and ends with its destructor. For one task at a time. What the other side does is no
//                  error.
//                    read_some(span<char>) -> size_t  blocks until there is something; 0: the other side has ended, or
//                                               the connection is broken
//                    write_all(string_view) -> bool   blocks while there is no room; false: it is broken
//   serve(connection, f)  in a task of its own calls f(connection&), each time that there may be something to read,
//                  until it returns false, and then ends the connection. f reads once a call.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace threadmark {

/// What a model is asked for. The names (see `to_string`) are those in tables and in `--capabilities`.
enum class capability {
  go,
  yield,
  sleep_for,
  unbuffered_channel,
  buffered_channel,
  select,
  wait_group,
  mutex,
  held_start,    ///< start tasks that do not run yet
  cancellation,  ///< a tree of contexts whose end wakes the tasks that wait for it
  task_listing,  ///< say which tasks there are and what each waits for, without a debugger
  network,       ///< wait for a connection, or for bytes, without holding up other tasks
};

inline constexpr capability all_capabilities[] = {capability::go,
                                                  capability::yield,
                                                  capability::sleep_for,
                                                  capability::unbuffered_channel,
                                                  capability::buffered_channel,
                                                  capability::select,
                                                  capability::wait_group,
                                                  capability::mutex,
                                                  capability::held_start,
                                                  capability::cancellation,
                                                  capability::task_listing,
                                                  capability::network};

/// How a model comes by a capability.
enum class label {
  native,       ///< the library itself has it
  composed,     ///< built in runtimes/compose/ on the library's own blocking
  unsupported,  ///< the model cannot express it; `expression::by` says why
};

/// A capability's label, declared beside the adapter, and what stands behind it.
struct expression {
  label how;
  std::string_view by;  ///< native: the library's type or function; composed: what it is built on; else the reason
};

struct runtime_options {
  unsigned cores = 1;        ///< how many cores the scheduler may use, at least 1
  std::string_view variant;  ///< a model's other configuration, by name; empty: its recommended one
  /// Called first thing on every worker thread that the runtime makes for good (not on the thread that calls `run`,
  /// and not on a thread that lives for one task), where it is not null. Must not throw.
  void (*on_worker_start)() = nullptr;
};

/// What the runtime really uses, as far as it knows; the harness adds what it can see from outside.
struct effective_configuration {
  unsigned cores = 0;
  std::size_t stack_bytes = 0;  ///< address space set aside for one task's stack
};

/// What a model can say of one task's memory, for the ledger, which looks from outside which pages were touched.
struct task_memory {
  const void* stack = nullptr;          ///< lowest address of the stack; with `stack_bytes` 0 any address on it
  std::size_t stack_bytes = 0;          ///< 0: the stack is the whole mapping that `stack` lies in
  std::size_t control_block_bytes = 0;  ///< 0: the library does not say
  bool control_block_on_stack = false;  ///< it lies in the stack's pages
};

/// Asks for a channel that holds at least so many values.
struct at_least {
  std::size_t capacity;
};

/// Asks for a channel that can be selected on and tried (see above); it holds exactly so many values.
struct selectable {
  std::size_t capacity;
};

/// How many connections may wait to be accepted: as many as the system allows (net.core.somaxconn).
inline constexpr int listen_queue = std::numeric_limits<int>::max();

/// What try_recv found.
enum class [[nodiscard]] try_result { value, empty, closed };

/// Whether and why a context has ended.
enum class context_end { not_yet, cancelled, timeout };

/// The system, or the library, refused another task (or thread, stack, mapping). `what()` names the call, the
/// error and the number reached, as in "pthread_create: EAGAIN at 32448 threads".
class limit_reached : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The model has the capability, but not in the configuration that it runs in. `what()` names the capability and why,
/// as in "held_start: on 2 cores the other worker takes what is started".
class not_expressed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where a duration is asked for, every model takes this one.
using duration = std::chrono::nanoseconds;

template <class M>
concept threading_model =
    requires(runtime_options options, capability c, void (*f)(), duration d) {
      { M::name } -> std::convertible_to<std::string_view>;
      { M::version() } -> std::convertible_to<std::string>;
      { M::variants } -> std::convertible_to<std::span<const std::string_view>>;
      { M::express(c) } -> std::same_as<expression>;
      requires std::derived_from<typename M::channel_closed, std::exception>;
      M::go(f);
      M::yield();
      M::sleep_for(d);
      { M::memory_of_this_task() } -> std::same_as<task_memory>;
    } &&
    requires(typename M::runtime& rt, void (*f)()) {
      requires std::constructible_from<typename M::runtime, runtime_options>;
      rt.run(f);
      { rt.effective() } -> std::same_as<effective_configuration>;
    } &&
    requires(typename M::template channel<int> ch, int& value) {
      requires std::constructible_from<typename M::template channel<int>, std::size_t>;
      requires std::constructible_from<typename M::template channel<int>, at_least>;
      requires std::constructible_from<typename M::template channel<int>, selectable>;
      requires std::copyable<typename M::template channel<int>>;
      ch.send(1);
      { ch.recv() } -> std::same_as<std::optional<int>>;
      { ch.try_send(1) } -> std::same_as<bool>;
      { ch.try_recv(value) } -> std::same_as<try_result>;
      { ch.capacity() } -> std::same_as<std::size_t>;
      ch.close();
    } &&
    requires(typename M::template channel<int> ch, std::span<typename M::template channel<int>> channels,
             void (*received)(std::optional<int>), void (*done)(), duration d) {
      { M::select(M::on_recv(ch, received), M::on_send(ch, 1, done), M::after(d, done)) } -> std::same_as<std::size_t>;
      { M::select(M::on_recv(ch, received), M::otherwise(done)) } -> std::same_as<std::size_t>;
      { M::recv_any(channels) } -> std::same_as<std::pair<std::size_t, std::optional<int>>>;
    } &&
    requires(typename M::wait_group wg, typename M::mutex m) {
      wg.add(std::ptrdiff_t{1});
      wg.done();
      wg.wait();
      m.lock();
      { m.try_lock() } -> std::same_as<bool>;
      m.unlock();
    };

/// A model whose `held_start` is not unsupported.
template <class M>
concept holds_tasks = threading_model<M> && requires(typename M::held_tasks held, void (*f)()) {
  requires std::default_initializable<typename M::held_tasks>;
  held.go(f);
  held.release();
};

/// A model whose `cancellation` is not unsupported.
template <class M>
concept cancels = threading_model<M> && requires(typename M::context ctx, duration d, void (*f)()) {
  requires std::default_initializable<typename M::context>;
  requires std::copyable<typename M::context>;
  { M::with_cancel(ctx).ctx } -> std::convertible_to<typename M::context>;
  M::with_cancel(ctx).cancel();
  M::with_timeout(ctx, d).cancel();
  { M::select(M::on_done(ctx, f)) } -> std::same_as<std::size_t>;
  { M::end_of(ctx) } -> std::same_as<context_end>;
};

/// A model whose `task_listing` is not unsupported.
template <class M>
concept lists_tasks = threading_model<M> && requires {
  { M::receivers_listed() } -> std::same_as<std::size_t>;
};

/// A model whose `network` is not unsupported.
template <class M>
concept networks =
    threading_model<M> && requires(typename M::listener l, typename M::connection c, std::span<char> into,
                                   std::string_view all, bool (*f)(typename M::connection&)) {
      requires std::default_initializable<typename M::listener>;
      requires std::movable<typename M::connection>;
      { l.port() } -> std::same_as<std::uint16_t>;
      { l.accept() } -> std::same_as<std::optional<typename M::connection>>;
      l.close();
      { c.read_some(into) } -> std::same_as<std::size_t>;
      { c.write_all(all) } -> std::same_as<bool>;
      M::serve(std::move(c), f);
    };

constexpr std::string_view to_string(capability c) {
  switch (c) {
    case capability::go: return "go";
    case capability::yield: return "yield";
    case capability::sleep_for: return "sleep_for";
    case capability::unbuffered_channel: return "unbuffered_channel";
    case capability::buffered_channel: return "buffered_channel";
    case capability::select: return "select";
    case capability::wait_group: return "wait_group";
    case capability::mutex: return "mutex";
    case capability::held_start: return "held_start";
    case capability::cancellation: return "cancellation";
    case capability::task_listing: return "task_listing";
    case capability::network: return "network";
  }
  return "?";
}

constexpr std::string_view to_string(label l) {
  switch (l) {
    case label::native: return "native";
    case label::composed: return "composed";
    case label::unsupported: return "unsupported";
  }
  return "?";
}

}  // namespace threadmark
