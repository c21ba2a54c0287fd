// The threads that run fibers. On one core: Boost's round_robin on the calling thread. On more: its work_stealing on
// the calling thread and cores - 1 others, which stay for the runtime's life.
//
// What work_stealing asks of its user, and how it is met here:
// - Its instances are in a static list that is never emptied, and its constructor waits until as many threads as it was
//   told have one: so a process can have one runtime on more than one core, and must not make another.
// - It spins where it finds nothing to run, or sleeps if told so. Asleep, a thread is woken only for a fiber that it
//   owns, never for one that it could steal: measured on two cores, 64 tasks of 1 ms of arithmetic then take the same
//   60 ms as on one, since the second thread never runs any. So it spins, which is also Boost's default: an idle
//   thread uses its core, and two fibers that talk may end up on two threads, where a round trip takes ten times as
//   long as on one (0.5 against 8 us and more). The variant `sleeping` is there for who wants the other half.
// - A thread must not end while another may still wake a fiber through it: all leave together, past one barrier.
// - A fiber may go on in another thread: nothing here keeps the address of anything thread-local across a switch.
#pragma once

#include <atomic>
#include <barrier>
#include <boost/context/fixedsize_stack.hpp>
#include <boost/fiber/algo/work_stealing.hpp>
#include <boost/fiber/condition_variable.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/fiber/operations.hpp>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "boost_fiber/fiber_parker.hpp"
#include "boost_fiber/guarded_stack.hpp"
#include "compose/wait_group.hpp"
#include "model.hpp"

namespace threadmark::boost_fibers {

inline constexpr std::string_view guarded = "guarded";
inline constexpr std::string_view sleeping = "sleeping";

/// Set by the runtime before any fiber starts.
inline bool guarded_stacks = false;
inline std::atomic<std::size_t> live_fibers{0};  // only to be named when a limit is reached: relaxed

class runtime {
 public:
  /// run() must be called by the thread that makes the runtime.
  explicit runtime(runtime_options options)
      : cores_(options.cores), asleep_when_idle_(options.variant == sleeping), leaving_(options.cores) {
    if (!options.variant.empty() && options.variant != guarded && options.variant != sleeping) {
      throw std::invalid_argument("boost_fiber has no variant '" + std::string(options.variant) +
                                  "'; it has: guarded, sleeping");
    }
    guarded_stacks = options.variant == guarded;
    if (cores_ == 1) return;
    for (unsigned i = 1; i < cores_; ++i) {
      workers_.emplace_back([this, on_start = options.on_worker_start] {
        if (on_start != nullptr) on_start();
        work();
      });
    }
    boost::fibers::use_scheduling_algorithm<boost::fibers::algo::work_stealing>(cores_, asleep_when_idle_);
  }
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  ~runtime() {
    if (cores_ == 1) return;
    {
      std::lock_guard guard(mutex_);
      stopping_ = true;
      stopped_.notify_all();
    }
    leaving_.arrive_and_wait();
    for (std::thread& worker : workers_) worker.join();
  }

  /// An exception that leaves f ends run() at once.
  template <class F>
  void run(F&& f) {
    std::exception_ptr thrown;
    compose::wait_group<blocking> root;
    root.add(1);
    start([&] {
      try {
        f();
      } catch (...) {
        thrown = std::current_exception();
      }
      root.done();
    });
    root.wait();
    if (thrown) std::rethrow_exception(thrown);
    live_.wait();
  }

  [[nodiscard]] effective_configuration effective() const {
    return {.cores = cores_, .stack_bytes = boost::context::stack_traits::default_size()};
  }

  /// Starts a fiber that counts as alive until its function has ended.
  template <class F>
  void go(F&& f) {
    live_.add(1);
    try {
      start([this, f = std::forward<F>(f)]() mutable {
        {
          auto body = std::move(f);  // so that what it holds ends before the task does
          body();
        }
        live_.done();
      });
    } catch (...) {
      live_.done();
      throw;
    }
  }

 private:
  template <class F>
  static void start(F&& f) {
    const std::size_t alive = live_fibers.fetch_add(1, std::memory_order_relaxed);
    // NOLINTNEXTLINE(bugprone-exception-escape): an exception that leaves a task ends the program
    auto body = [f = std::forward<F>(f)]() mutable noexcept {
      f();
      live_fibers.fetch_sub(1, std::memory_order_relaxed);
    };
    try {
      if (guarded_stacks) {
        boost::fibers::fiber(boost::fibers::launch::post, std::allocator_arg, guarded_stack(), std::move(body))
            .detach();
      } else {
        boost::fibers::fiber(boost::fibers::launch::post, std::move(body)).detach();
      }
    } catch (const std::bad_alloc&) {
      live_fibers.fetch_sub(1, std::memory_order_relaxed);
      throw limit_reached("boost::fibers::fiber: bad_alloc for a stack at " + std::to_string(alive) + " fibers");
    }
  }

  void work() {
    boost::fibers::use_scheduling_algorithm<boost::fibers::algo::work_stealing>(cores_, asleep_when_idle_);
    {
      std::unique_lock guard(mutex_);
      stopped_.wait(guard, [this] { return stopping_; });  // meanwhile this thread runs fibers
    }
    leaving_.arrive_and_wait();
  }

  const unsigned cores_;
  const bool asleep_when_idle_;
  compose::wait_group<blocking> live_;
  boost::fibers::mutex mutex_;
  boost::fibers::condition_variable stopped_;
  bool stopping_ = false;
  std::barrier<> leaving_;
  std::vector<std::thread> workers_;
};

}  // namespace threadmark::boost_fibers
