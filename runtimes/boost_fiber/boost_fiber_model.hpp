// The model `boost_fiber`: one detached boost::fibers::fiber a task. Its channels, mutex, sleep and yield are Boost's;
// select and wait group are composed (runtimes/compose/) on its condition variable.
#pragma once

#include <array>
#include <boost/fiber/context.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/version.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "boost_fiber/fiber_channel.hpp"
#include "boost_fiber/fiber_network.hpp"
#include "boost_fiber/fiber_runtime.hpp"
#include "compose/select.hpp"
#include "compose/serve.hpp"
#include "compose/wait_group.hpp"
#include "model.hpp"

namespace threadmark {

struct boost_fiber_model : compose::select_vocabulary<boost_fibers::blocking> {
  static constexpr std::string_view name = "boost_fiber";
  /// `guarded`: a guard page below each stack. Boost's default, and so the recommended configuration, has none.
  /// `sleeping`: a thread without work sleeps, on more than one core (fiber_runtime.hpp says what that costs).
  static constexpr std::array<std::string_view, 2> variants{boost_fibers::guarded, boost_fibers::sleeping};
  static std::string version() {
    return std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000) + "." +
           std::to_string(BOOST_VERSION % 100);
  }

  static constexpr expression express(capability c) {
    switch (c) {
      case capability::go: return {label::native, "boost::fibers::fiber"};
      case capability::yield: return {label::native, "boost::this_fiber::yield"};
      case capability::sleep_for: return {label::native, "boost::this_fiber::sleep_for"};
      case capability::unbuffered_channel: return {label::native, "boost::fibers::unbuffered_channel"};
      case capability::buffered_channel: return {label::native, "boost::fibers::buffered_channel"};
      case capability::mutex: return {label::native, "boost::fibers::mutex"};
      case capability::held_start: return {label::native, "boost::fibers::launch::post, on one core"};
      case capability::cancellation: return {label::unsupported, "Boost.Fiber has no cancellation"};
      case capability::task_listing: return {label::unsupported, "Boost.Fiber lists no fibers"};
      case capability::network: return {label::composed, "Boost.Asio, run by the thread of the fibers, on one core"};
      case capability::select:
      case capability::wait_group: break;
    }
    return {label::composed, "boost::fibers::condition_variable_any"};
  }

  /// The one runtime of the process, known to go().
  class runtime : public boost_fibers::runtime {
   public:
    explicit runtime(runtime_options options) : boost_fibers::runtime(options) { current_ = this; }
    ~runtime() { current_ = nullptr; }

   private:
    friend boost_fiber_model;
    inline static runtime* current_ = nullptr;
  };
  using channel_closed = boost_fibers::channel_closed;
  template <class T>
  using channel = boost_fibers::channel<T>;
  using wait_group = compose::wait_group<boost_fibers::blocking>;
  using mutex = boost::fibers::mutex;
  struct listener : boost_fibers::listener {
    listener() : boost_fibers::listener(runtime::current_->effective().cores) {}
  };
  using connection = boost_fibers::connection;

  /// With one thread nothing else runs while the root task goes on; with more, another thread takes what is started.
  class held_tasks {
   public:
    held_tasks() {
      if (const unsigned threads = runtime::current_->effective().cores; threads > 1) {
        throw not_expressed("held_start: with " + std::to_string(threads) + " threads another takes what is started");
      }
    }
    held_tasks(const held_tasks&) = delete;
    held_tasks& operator=(const held_tasks&) = delete;

    template <class F>
    void go(F&& f) {
      boost_fiber_model::go(std::forward<F>(f));
    }
    /// They run when the root task next waits.
    void release() {}
  };

  /// An exception that leaves f ends the process (std::terminate): nobody waits for this task alone.
  template <class F>
  static void go(F&& f) {
    runtime::current_->go(std::forward<F>(f));
  }
  static void yield() { boost::this_fiber::yield(); }
  static void sleep_for(duration d) { boost::this_fiber::sleep_for(d); }
  template <class F>
  static void serve(connection c, F f) {
    compose::serve_by_task<boost_fiber_model>(std::move(c), std::move(f));
  }
  /// Boost keeps a fiber's context at the top of its stack, and tells nobody where that begins. It takes less than a
  /// page, so the stack is what lies below the end of the context's page: right to a page.
  static task_memory memory_of_this_task() {
    constexpr std::uintptr_t page = 4096;
    const auto context = reinterpret_cast<std::uintptr_t>(boost::fibers::context::active());
    const std::size_t bytes = runtime::current_->effective().stack_bytes;
    return {.stack = reinterpret_cast<const void*>((context / page + 1) * page - bytes),
            .stack_bytes = bytes,
            .control_block_bytes = sizeof(boost::fibers::context),
            .control_block_on_stack = true};
  }
};

static_assert(holds_tasks<boost_fiber_model> && networks<boost_fiber_model>);

}  // namespace threadmark
