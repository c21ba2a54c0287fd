// The model `mn`: everything is native.
#pragma once

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "compose/serve.hpp"
#include "mn/adapter/mn_network.hpp"
#include "mn/mn.hpp"
#include "model.hpp"

namespace threadmark {
namespace mn_adapter {

class runtime {
 public:
  explicit runtime(runtime_options options)
      : runtime_({.cores = options.cores, .on_worker_start = options.on_worker_start}) {
    if (!options.variant.empty() && options.variant != stackless) {
      throw std::invalid_argument("mn has no variant '" + std::string(options.variant) + "'; it has: stackless");
    }
    asked_ = options;
  }

  /// What the process's one runtime was made with.
  static const runtime_options& asked() { return asked_; }

  template <class F>
  void run(F&& f) {
    runtime_.run(std::forward<F>(f));
  }

  [[nodiscard]] effective_configuration effective() const {
    return {.cores = runtime_.cores(), .stack_bytes = runtime_.stack_bytes()};
  }

 private:
  inline static runtime_options asked_{};
  mn::runtime runtime_;
};

/// A runtime of its own, as large as the process's, whose workers wait at their very beginning; none stands in for
/// them. Holding them by tasks that spin would not do: a worker that does not switch has its queue taken over.
class held_tasks {
 public:
  held_tasks() : runtime_(std::in_place, with_closed_gate()) {}
  held_tasks(const held_tasks&) = delete;
  held_tasks& operator=(const held_tasks&) = delete;
  ~held_tasks() {
    if (runtime_) release();
  }

  template <class F>
  void go(F&& f) {
    runtime_->go(std::forward<F>(f));  // NOLINT(bugprone-unchecked-optional-access): not after release()
  }

  /// Returns when they have ended: so no task of the process's runtime has to wait for one of another.
  void release() {
    open_.store(true, std::memory_order_release);
    open_.notify_all();
    runtime_.reset();
  }

 private:
  static mn::options with_closed_gate() {
    open_.store(false, std::memory_order_relaxed);  // no thread that looks at it is there yet
    return {.cores = runtime::asked().cores, .spare_threads = 0, .on_worker_start = &wait_at_the_gate};
  }

  static void wait_at_the_gate() {
    if (runtime::asked().on_worker_start != nullptr) runtime::asked().on_worker_start();
    open_.wait(false, std::memory_order_acquire);  // pairs with the release in release()
  }

  inline static std::atomic<bool> open_{false};  ///< one for all: `on_worker_start` takes no argument
  std::optional<mn::runtime> runtime_;
};

/// mn's own channel with the model's constructors and try_recv. All capacities are exact and all can be selected on.
template <class T>
class channel : public mn::channel<T> {
 public:
  explicit channel(std::size_t capacity = 0) : mn::channel<T>(capacity) {}
  explicit channel(at_least wanted) : mn::channel<T>(wanted.capacity) {}
  explicit channel(selectable wanted) : mn::channel<T>(wanted.capacity) {}

  try_result try_recv(T& value) const noexcept(std::is_nothrow_move_assignable_v<T>) {
    std::optional<T> got;
    switch (mn::channel<T>::try_recv(got)) {
      case mn::channel<T>::state::value:
        value = std::move(*got);  // NOLINT(bugprone-unchecked-optional-access): `value` says so
        return try_result::value;
      case mn::channel<T>::state::closed: return try_result::closed;
      case mn::channel<T>::state::empty: break;
    }
    return try_result::empty;
  }
};

/// Counted in the text of a dump: `task 7 [channel receive …`, or, where there are many, `5 tasks [channel receive …`
/// for those that are alike and then some of them.
inline std::size_t receivers_listed() {
  const int text = ::memfd_create("tasks", MFD_CLOEXEC);
  std::FILE* const lines = text < 0 ? nullptr : ::fdopen(text, "r+");
  if (lines == nullptr) throw std::runtime_error("no memory for a list of tasks");
  mn::dump_all_tasks(text);
  if (std::fseek(lines, 0, SEEK_SET) != 0) throw std::runtime_error("a list of tasks cannot be read");
  std::size_t in_groups = 0, one_by_one = 0;
  char line[512];
  while (std::fgets(line, sizeof line, lines) != nullptr) {
    if (std::strstr(line, "[channel receive") == nullptr) continue;
    const std::size_t group = std::strtoull(line, nullptr, 10);  // 0 where the line begins with a word
    (group != 0 ? in_groups : one_by_one) += group != 0 ? group : 1;
  }
  std::fclose(lines);
  return in_groups != 0 ? in_groups : one_by_one;
}

}  // namespace mn_adapter

struct mn_model {
  static constexpr std::string_view name = "mn";
  /// `stackless`: a connection that is served has a task only from a request to its answer. Else as without.
  static constexpr std::array<std::string_view, 1> variants{mn_adapter::stackless};
  static std::string version() { return mn::version; }

  static constexpr expression express(capability c) {
    switch (c) {
      case capability::go: return {label::native, "mn::go"};
      case capability::yield: return {label::native, "mn::yield"};
      case capability::sleep_for: return {label::native, "mn::sleep_for"};
      case capability::unbuffered_channel:
      case capability::buffered_channel: return {label::native, "mn::channel"};
      case capability::select: return {label::native, "mn::select"};
      case capability::wait_group: return {label::native, "mn::wait_group"};
      case capability::held_start: return {label::native, "mn::runtime::go, before its workers begin"};
      case capability::cancellation: return {label::native, "mn::context"};
      case capability::task_listing: return {label::native, "mn::dump_all_tasks"};
      case capability::network: return {label::native, "mn::net::listener and mn::net::stream"};
      case capability::mutex: break;
    }
    return {label::native, "mn::mutex"};
  }

  using runtime = mn_adapter::runtime;
  using channel_closed = mn::send_on_closed_channel;
  template <class T>
  using channel = mn_adapter::channel<T>;
  using wait_group = mn::wait_group;
  using mutex = mn::mutex;
  using held_tasks = mn_adapter::held_tasks;
  using context = mn::context;
  using listener = mn_adapter::listener;
  using connection = mn_adapter::connection;

  template <class F>
  static void go(F&& f) {
    mn::go(std::forward<F>(f));
  }
  static void yield() { mn::yield(); }
  static void sleep_for(duration d) { mn::sleep_for(d); }

  template <class T, class F>
  static auto on_recv(const channel<T>& ch, F f) {
    return mn::on_recv<T>(ch, std::move(f));
  }
  template <class T, class U, class F>
  static auto on_send(const channel<T>& ch, U&& value, F f) {
    return mn::on_send<T>(ch, std::forward<U>(value), std::move(f));
  }
  template <class F>
  static auto after(duration d, F f) {
    return mn::after(d, std::move(f));
  }
  template <class F>
  static auto otherwise(F f) {
    return mn::otherwise(std::move(f));
  }
  template <class... Cases>
  static std::size_t select(Cases&&... cases) {
    return mn::select(std::forward<Cases>(cases)...);
  }
  template <class T>
  static std::pair<std::size_t, std::optional<T>> recv_any(std::span<channel<T>> channels) {
    return mn::recv_any(channels);
  }

  static mn::cancellable with_cancel(const context& parent) { return mn::with_cancel(parent); }
  static mn::cancellable with_timeout(const context& parent, duration d) { return mn::with_timeout(parent, d); }
  template <class F>
  static auto on_done(const context& ctx, F f) {
    return mn::on_recv<std::monostate>(ctx.done(), [f = std::move(f)](auto) mutable { f(); });
  }
  static task_memory memory_of_this_task() {
    const auto stack = mn::this_task::stack();
    return {.stack = stack.data(), .stack_bytes = stack.size(), .control_block_bytes = sizeof(mn::detail::task)};
  }
  template <class F>
  static void serve(connection c, F f) {
    if (runtime::asked().variant == mn_adapter::stackless) {
      connection::serve_when_readable(std::move(c), std::move(f));
    } else {
      compose::serve_by_task<mn_model>(std::move(c), std::move(f));
    }
  }
  static std::size_t receivers_listed() { return mn_adapter::receivers_listed(); }
  static context_end end_of(const context& ctx) {
    switch (ctx.error()) {
      case mn::context_error::cancelled: return context_end::cancelled;
      case mn::context_error::deadline_exceeded: return context_end::timeout;
      case mn::context_error::none: break;
    }
    return context_end::not_yet;
  }
};

static_assert(holds_tasks<mn_model> && cancels<mn_model> && lists_tasks<mn_model> && networks<mn_model>);

}  // namespace threadmark
