// The model `tbb`: oneTBB's task_group in a task_arena of `cores` threads. oneTBB's own queues and mutexes block the
// worker thread, so more than `cores` blocked tasks would be a deadlock; everything that blocks is therefore composed
// (runtimes/compose/) on its resumable tasks, task::suspend and task::resume.
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>
#include <oneapi/tbb/task_scheduler_observer.h>
#include <oneapi/tbb/version.h>

#include <array>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "compose/channel.hpp"
#include "compose/mutex.hpp"
#include "compose/select.hpp"
#include "compose/serve.hpp"
#include "compose/wait_group.hpp"
#include "model.hpp"
#include "tbb/task_network.hpp"
#include "tbb/task_parker.hpp"

namespace threadmark {
namespace tbb_tasks {

struct blocking {
  using parker = task_parker;
  using lock = std::mutex;
  using channel_closed = tbb_tasks::channel_closed;
};

/// A task's function as task_group takes it: callable when const. An exception that leaves it ends the process.
template <class F>
struct task_body {
  mutable F f;
  void operator()() const noexcept { f(); }
};

/// The group that go() adds to: set while a run() is on. One runtime a process, so one group at a time.
inline oneapi::tbb::task_group* current_group = nullptr;

class runtime {
 public:
  explicit runtime(runtime_options options)
      : parallelism_(oneapi::tbb::global_control::max_allowed_parallelism, options.cores),
        arena_(static_cast<int>(options.cores)),
        observer_(arena_, options.on_worker_start) {
    if (!options.variant.empty()) {
      throw std::invalid_argument("tbb has no variant '" + std::string(options.variant) + "'");
    }
  }

  /// The calling thread is one of the `cores`. An exception that leaves f is thrown on when all other tasks have ended.
  template <class F>
  void run(F&& f) {
    std::exception_ptr thrown;
    arena_.execute([&] {
      oneapi::tbb::task_group group;
      current_group = &group;
      group.run([&] {
        try {
          f();
        } catch (...) {
          thrown = std::current_exception();
        }
      });
      group.wait();
      current_group = nullptr;
    });
    if (thrown) std::rethrow_exception(thrown);
  }

  /// A suspended task keeps the stack it ran on, which is as large as a worker's.
  [[nodiscard]] effective_configuration effective() const {
    using oneapi::tbb::global_control;
    return {.cores = static_cast<unsigned>(arena_.max_concurrency()),
            .stack_bytes = global_control::active_value(global_control::thread_stack_size)};
  }

 private:
  /// Calls back once in each worker thread; a thread may enter the arena many times.
  class start_observer : public oneapi::tbb::task_scheduler_observer {
   public:
    start_observer(oneapi::tbb::task_arena& arena, void (*on_worker_start)())
        : task_scheduler_observer(arena), on_worker_start_(on_worker_start) {
      if (on_worker_start_ != nullptr) observe(true);
    }
    ~start_observer() override { observe(false); }
    void on_scheduler_entry(bool is_worker) override {
      static thread_local bool seen = false;
      if (is_worker && !std::exchange(seen, true)) on_worker_start_();
    }

   private:
    void (*on_worker_start_)();
  };

  oneapi::tbb::global_control parallelism_;
  oneapi::tbb::task_arena arena_;
  start_observer observer_;
};

/// With one thread nothing else runs while the root task goes on; with more, another thread takes what is started.
class held_tasks {
 public:
  held_tasks() {
    if (const int threads = oneapi::tbb::this_task_arena::max_concurrency(); threads > 1) {
      throw not_expressed("held_start: with " + std::to_string(threads) + " threads another takes what is started");
    }
  }
  held_tasks(const held_tasks&) = delete;
  held_tasks& operator=(const held_tasks&) = delete;

  template <class F>
  void go(F&& f) {
    current_group->run(task_body<std::decay_t<F>>{std::forward<F>(f)});
  }
  /// They run when the root task next waits.
  void release() {}
};

}  // namespace tbb_tasks

struct tbb_model : compose::select_vocabulary<tbb_tasks::blocking> {
  static constexpr std::string_view name = "tbb";
  static constexpr std::array<std::string_view, 0> variants{};
  static std::string version() { return TBB_runtime_version(); }

  static constexpr expression express(capability c) {
    switch (c) {
      case capability::go: return {label::native, "tbb::task_group::run"};
      case capability::yield: return {label::native, "tbb::task::suspend, resumed at once"};
      case capability::sleep_for: return {label::composed, "tbb::task::suspend/resume and a timer thread"};
      case capability::held_start: return {label::native, "tbb::task_group::run, on one core"};
      case capability::cancellation:
        return {label::unsupported,
                "tbb::task_group_context keeps tasks from starting; it wakes none that is suspended"};
      case capability::task_listing: return {label::unsupported, "oneTBB lists no tasks"};
      case capability::network: return {label::composed, "tbb::task::suspend/resume and a thread that waits in epoll"};
      case capability::unbuffered_channel:
      case capability::buffered_channel:
      case capability::select:
      case capability::wait_group:
      case capability::mutex: break;
    }
    return {label::composed, "tbb::task::suspend/resume"};
  }

  using runtime = tbb_tasks::runtime;
  using channel_closed = tbb_tasks::channel_closed;
  template <class T>
  using channel = compose::channel<T, tbb_tasks::blocking>;
  using wait_group = compose::wait_group<tbb_tasks::blocking>;
  using mutex = compose::mutex<tbb_tasks::blocking>;
  using held_tasks = tbb_tasks::held_tasks;
  using listener = tbb_tasks::listener;
  using connection = tbb_tasks::connection;

  /// An exception that leaves f ends the process (std::terminate): nobody waits for this task alone.
  template <class F>
  static void go(F&& f) {
    tbb_tasks::current_group->run(tbb_tasks::task_body<std::decay_t<F>>{std::forward<F>(f)});
  }
  static void yield() { tbb_tasks::task_parker::yield(); }
  static void sleep_for(duration d) {
    tbb_tasks::task_parker asleep;
    (void)asleep.park_until(compose::deadline_after(d));
  }
  template <class F>
  static void serve(connection c, F f) {
    compose::serve_by_task<tbb_model>(std::move(c), std::move(f));
  }
  /// Of a suspended task oneTBB keeps the stack, a mapping with guards around it, and objects that it does not name.
  static task_memory memory_of_this_task() { return {.stack = __builtin_frame_address(0)}; }
};

static_assert(holds_tasks<tbb_model> && networks<tbb_model>);

}  // namespace threadmark
