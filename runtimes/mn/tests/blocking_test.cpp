// Tasks that keep their OS thread, with blocking() and without.
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "on_cores.hpp"

using namespace std::chrono_literals;

namespace {

/// What blocks a thread and not a task.
class thread_gate {
 public:
  void open() {
    const std::lock_guard hold(lock_);
    open_ = true;
    opened_.notify_all();
  }
  void wait() {
    std::unique_lock hold(lock_);
    opened_.wait(hold, [this] { return open_; });
  }

 private:
  std::mutex lock_;
  std::condition_variable opened_;
  bool open_ = false;
};

}  // namespace

TEST(blocking, passes_on_what_the_call_returns_and_throws) {
  on_cores([] {
    int variable = 0;
    EXPECT_EQ(mn::blocking([] { return 42; }), 42);
    EXPECT_EQ(&mn::blocking([&]() -> int& { return variable; }), &variable);
    EXPECT_THROW(mn::blocking([] { throw std::runtime_error("inside"); }), std::runtime_error);
  });
  EXPECT_EQ(mn::blocking([] { return 43; }), 43);  // from a plain thread
}

TEST(blocking, lets_the_others_run_meanwhile) {
  mn::runtime rt({.cores = 1});
  thread_gate gate;
  rt.run([&] {
    mn::go([&] {
      mn::yield();
      gate.open();
    });
    mn::blocking([&] { gate.wait(); });
  });
}

TEST(blocking, holds_up_neither_timers_nor_what_plain_threads_wake) {
  mn::runtime rt({.cores = 1});
  thread_gate gate;
  mn::channel<int> ch;
  std::thread plain([&] { ch.send(1); });
  rt.run([&] {
    mn::go([&] {
      EXPECT_EQ(ch.recv(), 1);
      mn::sleep_for(1ms);
      gate.open();
    });
    mn::blocking([&] { gate.wait(); });
  });
  plain.join();
}

TEST(blocking, of_many_at_once_takes_a_thread_each) {
  constexpr int calls = 50;
  mn::runtime rt({.cores = 2});
  std::barrier<> all(calls);
  std::atomic<int> ended{0};
  rt.run([&] {
    for (int i = 0; i < calls; ++i) {
      mn::go([&] {
        mn::blocking([&] { all.arrive_and_wait(); });
        ++ended;
      });
    }
  });
  EXPECT_EQ(ended, calls);
  EXPECT_GE(rt.stats().threads, static_cast<std::uint64_t>(calls));
  EXPECT_EQ(rt.stats().spares_refused, 0u);
}

TEST(blocking, uses_its_spare_threads_again) {
  mn::runtime rt({.cores = 2});
  rt.run([&] {
    for (int i = 0; i < 500; ++i) mn::blocking([] { std::this_thread::yield(); });
  });
  EXPECT_LE(rt.stats().threads, 50u);  // few; on a busy machine the monitor may see a new thread as stuck
}

TEST(blocking, without_a_spare_thread_still_makes_the_call) {
  mn::runtime rt({.cores = 1, .spare_threads = 0});
  bool called = false;
  rt.run([&] { mn::blocking([&] { called = true; }); });
  EXPECT_TRUE(called);
  EXPECT_GT(rt.stats().spares_refused, 0u);
}

TEST(blocking, may_be_nested_and_may_wait_for_tasks) {
  on_cores([] {
    mn::channel<int> ch;
    mn::go([=] {
      for (int i = 0; i < 100; ++i) ch.send(i);
      ch.close();
    });
    int sum = 0;
    mn::blocking([&] {
      mn::blocking([&] {
        for (int v : ch) sum += v;
      });
      mn::blocking([] {});
      mn::yield();
    });
    EXPECT_EQ(sum, 4950);
  });
}

TEST(blocking, keeps_what_is_spawned_and_woken_inside) {
  on_cores([] {
    std::atomic<int> ran{0};
    mn::channel<int> ch;
    mn::wait_group wg;
    for (int i = 0; i < 20; ++i) wg.go([&] { ran += ch.recv().value_or(0); });
    mn::blocking([&] {
      for (int i = 0; i < 20; ++i) wg.go([&] { ++ran; });
      for (int i = 0; i < 20; ++i) ch.send(1);
    });
    wg.wait();
    EXPECT_EQ(ran, 40);
  });
}

TEST(stuck, a_task_that_blocks_its_only_thread_does_not_hold_the_others_up) {
  mn::runtime rt({.cores = 1});
  thread_gate gate;
  rt.run([&] {
    mn::go([&] { gate.open(); });
    gate.wait();
  });
}

TEST(stuck, a_task_that_never_gives_way_does_not_hold_the_others_up_even_on_one_core) {
  mn::runtime rt({.cores = 1});
  std::atomic<bool> done{false};
  rt.run([&] {
    mn::go([&] {
      mn::sleep_for(1ms);
      done = true;
    });
    while (!done) {
    }
  });
}

TEST(stuck, blocked_threads_do_not_take_cores_from_those_who_work) {
  mn::runtime rt({.cores = 2});
  thread_gate gate;
  std::atomic<int> blocked{0};
  rt.run([&] {
    for (int i = 0; i < 2; ++i) {
      mn::go([&] {
        ++blocked;
        gate.wait();
      });
    }
    while (blocked < 2) mn::yield();
    gate.open();
  });
}

TEST(stress, blocking_calls_among_channels) {
  on_cores([] {
    mn::channel<int> ch(4);
    mn::wait_group senders;
    for (int s = 0; s < 8; ++s) {
      senders.go([&] {
        for (int i = 0; i < 200; ++i) {
          if (i % 8 == 0) mn::blocking([] { std::this_thread::yield(); });
          ch.send(1);
        }
      });
    }
    mn::go([&] {
      senders.wait();
      ch.close();
    });
    int sum = 0;
    for (int v : ch) {
      sum += v;
      if (sum % 64 == 0) mn::blocking([] { std::this_thread::sleep_for(10us); });
    }
    EXPECT_EQ(sum, 1600);
  });
}
