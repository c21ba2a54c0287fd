// What happens where the system refuses memory or threads. Each in a process of its own, whose address space is
// limited.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "in_child.hpp"
#include "mn/mn.hpp"
#include "os/os.hpp"
#include "os/process.hpp"

using namespace std::chrono_literals;

namespace {

#if defined(MN_TSAN) || defined(MN_ASAN)
#define NEEDS_LIMIT() GTEST_SKIP() << "a sanitizer needs terabytes of address space"
#else
#define NEEDS_LIMIT() (void)0
#endif

/// The process may have so many bytes of address space more than it has now.
void allow(std::size_t more) {
  std::size_t pages = 0;
  std::FILE* f = std::fopen("/proc/self/statm", "r");
  if (!f || std::fscanf(f, "%zu", &pages) != 1) std::abort();
  std::fclose(f);
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = pages * mn::os::page_bytes() + more;
  if (setrlimit(RLIMIT_AS, &limit) != 0) std::abort();
}

void allow_all() {
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_AS, &limit) != 0) std::abort();
}

/// From now on no thread can be started. Its stack would be larger than those which the C library has kept of threads
/// that have ended.
void refuse_threads() {
  pthread_attr_t larger;
  pthread_attr_init(&larger);
  pthread_attr_setstacksize(&larger, std::size_t{64} << 20);
  if (pthread_setattr_default_np(&larger) != 0) std::abort();
  pthread_attr_destroy(&larger);
  allow(std::size_t{2} << 20);
}

/// A runtime whose tasks find the memory that they need, and which has started no spare: the monitor sends one where a
/// worker gets no CPU for long.
void without_spare(std::optional<mn::runtime>& rt) {
  do {
    rt.emplace(mn::options{.cores = 1});
    rt->run([] { mn::go([] {}); });
  } while (rt->stats().threads > 1);
}

constexpr std::size_t mib = std::size_t{1} << 20;

}  // namespace

TEST(resources, a_stack_that_the_system_refuses_ends_the_program_and_says_what_helps) {
  NEEDS_LIMIT();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 1, .spare_threads = 0});
    rt.run([] {
      mn::channel<int> never;
      allow(200 * mib);
      for (int i = 0; i < 10'000; ++i) mn::go([=] { (void)never.recv(); });
    });
  });
  EXPECT_TRUE(r.killed_by(SIGABRT)) << r.status;
  EXPECT_TRUE(r.says("mn: the system gives no stack for task ")) << r.said;
  EXPECT_TRUE(r.says("resources_test.cpp:")) << r.said;
  EXPECT_TRUE(r.says("options::stack_bytes")) << r.said;
}

TEST(resources, a_worker_thread_that_the_system_refuses_is_a_named_error_and_leaves_nothing_behind) {
  NEEDS_LIMIT();
  const auto r = in_child([] {
    const std::size_t before = mn::os::count_threads();
    allow(100 * mib);
    try {
      mn::runtime rt({.cores = 64});
      _exit(1);
    } catch (const mn::out_of_resources& e) {
      std::fprintf(stderr, "%s\n", e.what());
    }
    // Ended threads are counted until the system has cleared them away.
    while (mn::os::count_threads() != before) std::this_thread::sleep_for(1ms);
  });
  EXPECT_TRUE(r.exited_with(0)) << r.said;
  EXPECT_TRUE(r.says("mn: cannot start a worker thread: Resource temporarily unavailable")) << r.said;
}

TEST(resources, a_spare_thread_that_the_system_refuses_is_counted_and_the_tasks_run_later) {
  NEEDS_LIMIT();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 1});
    std::atomic<int> ran{0};
    rt.run([&] {
      { const std::vector<char> heap(1 * mib); }  // so that small allocations need no new memory
      refuse_threads();
      mn::wait_group all;
      for (int i = 0; i < 20; ++i) {
        all.go([&] {
          mn::blocking([] { std::this_thread::sleep_for(5ms); });
          ++ran;
        });
      }
      all.wait();
    });
    if (ran != 20 || rt.stats().spares_refused == 0) _exit(1);
  });
  EXPECT_TRUE(r.exited_with(0)) << r.said;
}

TEST(resources, a_spare_thread_that_was_refused_is_asked_for_again_while_tasks_wait) {
  NEEDS_LIMIT();
  const auto r = in_child([] {
    std::optional<mn::runtime> rt;
    without_spare(rt);
    refuse_threads();
    std::atomic<bool> helped{false};
    rt->run([&] {
      mn::go([&] { helped = true; });
      mn::blocking([&] {
        std::this_thread::sleep_for(30ms);
        if (rt->stats().spares_refused == 0) _exit(1);
        allow_all();
        while (!helped) std::this_thread::sleep_for(1ms);  // only another worker can
      });
    });
  });
  EXPECT_TRUE(r.exited_with(0)) << r.status << r.said;
}

TEST(resources, a_worker_that_comes_back_while_its_spare_is_refused_does_not_rest) {
  NEEDS_LIMIT();
  const auto r = in_child([] {
    std::optional<mn::runtime> rt;
    without_spare(rt);
    refuse_threads();
    // Each blocks its thread for about as long as the monitor waits before it sends a spare.
    for (int i = 0; i < 150; ++i) {
      rt->run([&] {
        for (int k = 0; k < 2; ++k) {
          mn::go([i, k] { std::this_thread::sleep_for(10ms + std::chrono::microseconds((i * 37 + k * 501) % 2000)); });
        }
      });
    }
    if (rt->stats().spares_refused == 0) _exit(1);
  });
  EXPECT_TRUE(r.exited_with(0)) << r.status << r.said;
}

TEST(resources, memory_that_is_refused_for_a_task_is_bad_alloc_and_the_program_can_go_on) {
  NEEDS_LIMIT();
  const auto r = in_child([] {
    std::uint64_t started = 0, ran = 0;
    bool refused = false;
    std::atomic<bool> begun{false}, go_on{false};
    {
      mn::runtime rt({.cores = 1, .spare_threads = 0});
      rt.go([&] {
        begun = true;
        while (!go_on) {
        }
      });
      while (!begun) std::this_thread::yield();
      allow(20 * mib);
      try {
        for (;; ++started) rt.go([&ran] { ++ran; });
      } catch (const std::bad_alloc&) {
        refused = true;
      }
      go_on = true;
    }
    if (!refused || ran != started) _exit(1);
  });
  EXPECT_TRUE(r.exited_with(0)) << r.said;
}
