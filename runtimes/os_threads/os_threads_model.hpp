// The model `os_threads`: one std::thread a task. Its mutex, sleep and yield are the standard library's; channel,
// select and wait group are composed (runtimes/compose/) from mutex and condition variable.
#pragma once

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <pthread.h>
#include <sched.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "compose/channel.hpp"
#include "compose/select.hpp"
#include "compose/serve.hpp"
#include "compose/wait_group.hpp"
#include "model.hpp"
#include "os_threads/thread_network.hpp"
#include "os_threads/thread_parker.hpp"

namespace threadmark {
namespace os_threads {

/// The tasks that have been started and have not ended. Never destroyed: the last threads of a process may still be on
/// their way out of done() when its static objects end.
inline compose::wait_group<blocking>& live_tasks() {
  static auto& live = *new compose::wait_group<blocking>;
  return live;
}
inline std::atomic<std::size_t> live_count{0};  // the same number, to be named when a limit is reached; relaxed

class runtime {
 public:
  /// The kernel schedules the threads: they use the CPUs that the process may use, so it is the process that must be
  /// pinned to `cores` of them. `on_worker_start` is not called: every thread is a task, it would be part of its cost.
  explicit runtime(runtime_options options) {
    if (!options.variant.empty()) {
      throw std::invalid_argument("os_threads has no variant '" + std::string(options.variant) + "'");
    }
  }
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  /// The root task is the calling thread. An exception that leaves f ends run() at once.
  template <class F>
  void run(F&& f) {
    std::forward<F>(f)();
    live_tasks().wait();
  }

  [[nodiscard]] effective_configuration effective() const {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (const int error = sched_getaffinity(0, sizeof(allowed), &allowed) == 0 ? 0 : errno; error != 0) {
      throw std::system_error(error, std::generic_category(), "sched_getaffinity");
    }
    pthread_attr_t attributes;
    if (const int error = pthread_getattr_default_np(&attributes); error != 0) {
      throw std::system_error(error, std::generic_category(), "pthread_getattr_default_np");
    }
    std::size_t stack_bytes = 0;
    pthread_attr_getstacksize(&attributes, &stack_bytes);
    pthread_attr_destroy(&attributes);
    return {.cores = static_cast<unsigned>(CPU_COUNT(&allowed)), .stack_bytes = stack_bytes};
  }
};

/// glibc keeps a thread's control block, struct pthread, at the top of its stack, and tells debuggers how large it is.
inline std::size_t control_block_bytes() {
  static const void* const bytes = ::dlsym(RTLD_DEFAULT, "_thread_db_sizeof_pthread");
  return bytes == nullptr ? 0 : *static_cast<const std::uint32_t*>(bytes);
}

/// Starts a detached thread. An exception that leaves f ends the process (std::terminate), as in any std::thread.
template <class F>
void go(F&& f) {
  live_tasks().add(1);
  const std::size_t alive = live_count.fetch_add(1, std::memory_order_relaxed);
  try {
    std::thread([f = std::forward<F>(f)]() mutable {
      {
        auto body = std::move(f);  // so that what it holds ends before the task does
        body();
      }
      live_count.fetch_sub(1, std::memory_order_relaxed);
      live_tasks().done();
    }).detach();
  } catch (const std::system_error& refused) {
    live_count.fetch_sub(1, std::memory_order_relaxed);
    live_tasks().done();
    const bool again = refused.code() == std::errc::resource_unavailable_try_again;
    throw limit_reached("pthread_create: " + (again ? "EAGAIN" : refused.code().message()) + " at " +
                        std::to_string(alive) + " threads");
  }
}

}  // namespace os_threads

struct os_threads_model : compose::select_vocabulary<os_threads::blocking> {
  static constexpr std::string_view name = "os_threads";
  static constexpr std::array<std::string_view, 0> variants{};
  static std::string version() { return std::string("glibc ") + gnu_get_libc_version(); }

  static constexpr expression express(capability c) {
    constexpr std::string_view composed_on = "std::mutex and std::condition_variable";
    switch (c) {
      case capability::go: return {label::native, "std::thread"};
      case capability::yield: return {label::native, "std::this_thread::yield"};
      case capability::sleep_for: return {label::native, "std::this_thread::sleep_for"};
      case capability::mutex: return {label::native, "std::mutex"};
      case capability::network: return {label::native, "the system's sockets, which block"};
      case capability::held_start:
        return {label::unsupported, "a thread is the kernel's to run as soon as it has been made"};
      case capability::cancellation:
        return {label::unsupported, "std::stop_source has no children and no deadline, and no channel ends with it"};
      case capability::task_listing:
        return {label::unsupported, "the system knows its threads, but not what they wait for; a debugger has to ask"};
      case capability::unbuffered_channel:
      case capability::buffered_channel:
      case capability::select:
      case capability::wait_group: break;
    }
    return {label::composed, composed_on};
  }

  using runtime = os_threads::runtime;
  using channel_closed = os_threads::channel_closed;
  template <class T>
  using channel = compose::channel<T, os_threads::blocking>;
  using wait_group = compose::wait_group<os_threads::blocking>;
  using mutex = std::mutex;
  using listener = os_threads::listener;
  using connection = os_threads::connection;

  template <class F>
  static void go(F&& f) {
    os_threads::go(std::forward<F>(f));
  }
  static void yield() { std::this_thread::yield(); }
  static void sleep_for(duration d) { std::this_thread::sleep_for(d); }
  template <class F>
  static void serve(connection c, F f) {
    compose::serve_by_task<os_threads_model>(std::move(c), std::move(f));
  }
  /// The mapping around a frame is the thread's stack: a guard parts it from its neighbours. (pthread_getattr_np would
  /// allocate.)
  static task_memory memory_of_this_task() {
    return {.stack = __builtin_frame_address(0),
            .control_block_bytes = os_threads::control_block_bytes(),
            .control_block_on_stack = true};
  }
};

static_assert(networks<os_threads_model>);

}  // namespace threadmark
