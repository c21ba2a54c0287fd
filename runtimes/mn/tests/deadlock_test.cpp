#include "deadlock.hpp"

#include <sys/time.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <random>
#include <thread>

#include "in_child.hpp"
#include "on_cores.hpp"
#include "registry.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

using namespace std::chrono_literals;

namespace {

constexpr char found[] = "mn: all tasks are asleep: deadlock";

template <class F>
void start(mn::detail::scheduler& s, F f) {
  mn::detail::submit(*mn::detail::make_task(mn::detail::acquire_task(s), f), std::source_location::current());
}

void exit_with_7_soon() {
  std::signal(SIGALRM, [](int) { _exit(7); });
  itimerval soon{{0, 0}, {0, 300'000}};
  setitimer(ITIMER_REAL, &soon, nullptr);
}

}  // namespace

TEST(deadlock, ends_the_program_and_names_each_task_where_it_was_spawned_and_what_it_waits_on) {
  NEEDS_PROOF();
  for (unsigned cores : {1u, 2u, 4u}) {
    const auto r = in_child([&] {
      mn::runtime rt({.cores = cores});
      rt.run([] {
        mn::this_task::set_name("root");
        mn::channel<int> never;
        mn::mutex held;
        held.lock();
        mn::go([=] {
          mn::this_task::set_name("receiver");
          (void)never.recv();
        });
        mn::go([&held] {
          mn::this_task::set_name("locker");
          held.lock();
        });
        mn::wait_group all;
        all.add();
        all.wait();
      });
    });
    EXPECT_TRUE(r.killed_by(SIGABRT)) << r.said;
    EXPECT_TRUE(r.says(found)) << r.said;
    EXPECT_TRUE(r.says("3 tasks: 3 parked")) << r.said;
    EXPECT_TRUE(r.says("\"root\" [wait group at 0x")) << r.said;
    EXPECT_TRUE(r.says("\"receiver\" [channel receive at 0x")) << r.said;
    EXPECT_TRUE(r.says("\"locker\" [mutex at 0x")) << r.said;
    EXPECT_EQ(r.times("] spawned at "), 3) << r.said;
    EXPECT_FALSE(r.says(" min]")) << r.said;
    EXPECT_EQ(r.times("deadlock_test.cpp:"), 3) << r.said;
    EXPECT_EQ(r.times("[end of all tasks, "), 1) << r.said;  // the thread in run()
  }
}

TEST(deadlock, every_way_of_waiting_for_ever_is_found) {
  NEEDS_PROOF();
  const auto dies_in = [](auto body) {
    const auto r = in_child([&] {
      mn::runtime rt({.cores = 2});
      rt.run(body);
    });
    return r.killed_by(SIGABRT) && r.says(found);
  };
  EXPECT_TRUE(dies_in([] { mn::channel<int>().send(1); }));
  EXPECT_TRUE(dies_in([] { (void)mn::channel<int>().recv(); }));
  EXPECT_TRUE(dies_in([] {
    mn::channel<int> a, b;
    mn::select(mn::on_recv(a, [](auto) {}), mn::on_send(b, 1, [] {}));
  }));
  EXPECT_TRUE(dies_in([] {
    mn::mutex a, b;
    mn::go([&] {
      std::lock_guard hold(b);
      mn::sleep_for(5ms);
      std::lock_guard second(a);
    });
    std::lock_guard hold(a);
    mn::sleep_for(5ms);
    std::lock_guard second(b);
  }));
  EXPECT_TRUE(dies_in([] {
    mn::sleep_for(30ms);  // the monitor has long begun to rest
    (void)mn::channel<int>().recv();
  }));
}

TEST(deadlock, a_runtime_that_waits_in_its_destructor_is_found) {
  NEEDS_PROOF();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 1});
    rt.go([] { (void)mn::channel<int>().recv(); });
  });
  EXPECT_TRUE(r.killed_by(SIGABRT) && r.says(found)) << r.said;
}

TEST(deadlock, across_two_runtimes_and_a_plain_thread_all_are_in_the_report) {
  NEEDS_PROOF();
  const auto r = in_child([] {
    // Where the machine is slow a spare may stand in for a worker; here workers are counted.
    mn::runtime a({.cores = 1, .spare_threads = 0}), b({.cores = 2, .spare_threads = 0});
    mn::channel<int> to_a, to_b, to_thread;
    a.go([=] { (void)to_a.recv(); });
    b.go([=] { (void)to_b.recv(); });
    std::thread plain([=] { (void)to_thread.recv(); });
    a.run([=] { (void)to_a.recv(); });
    plain.join();
  });
  EXPECT_TRUE(r.killed_by(SIGABRT)) << r.said;
  EXPECT_EQ(r.times(found), 1) << r.said;
  EXPECT_TRUE(r.says(": 1 worker, 1 asleep; 2 tasks: 2 parked")) << r.said;
  EXPECT_TRUE(r.says(": 2 workers, 2 asleep; 1 task: 1 parked")) << r.said;
  EXPECT_EQ(r.times("] spawned at "), 3) << r.said;
  EXPECT_FALSE(r.says(" min]")) << r.said;
  EXPECT_EQ(r.times("[channel receive at 0x"), 4) << r.said;  // three tasks and a thread
}

TEST(deadlock, plain_threads_that_wait_for_each_other_without_any_task_are_found) {
  NEEDS_PROOF();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 1});
    rt.run([] {});
    std::this_thread::sleep_for(50ms);  // nobody waits, and the monitor rests
    (void)mn::channel<int>().recv();
  });
  EXPECT_TRUE(r.killed_by(SIGABRT) && r.says(found)) << r.said;
  EXPECT_TRUE(r.says("0 tasks")) << r.said;
}

TEST(deadlock, is_found_after_a_thread_that_could_have_helped_has_ended) {
  NEEDS_PROOF();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 2});
    std::thread([] { std::this_thread::sleep_for(100ms); }).detach();
    rt.run([] { (void)mn::channel<int>().recv(); });
  });
  EXPECT_TRUE(r.killed_by(SIGABRT) && r.says(found)) << r.said;
}

TEST(deadlock, is_found_after_a_thread_that_could_have_helped_has_blocked) {
  NEEDS_PROOF();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 2});
    mn::channel<int> never;
    rt.go([=] { (void)never.recv(); });
    std::this_thread::sleep_for(100ms);
    (void)never.recv();
  });
  EXPECT_TRUE(r.killed_by(SIGABRT) && r.says(found)) << r.said;
}

TEST(deadlock, is_only_reported_once_where_that_is_asked_for) {
  NEEDS_PROOF();
  const auto r = in_child([] {
    exit_with_7_soon();
    mn::runtime rt({.cores = 2, .on_deadlock = mn::deadlock_action::report_only});
    rt.run([] { (void)mn::channel<int>().recv(); });
  });
  EXPECT_TRUE(r.exited_with(7)) << r.said;
  EXPECT_EQ(r.times(found), 1) << r.said;
}

TEST(deadlock, is_not_looked_for_where_that_is_asked_for) {
  NEEDS_FORK();
  const auto r = in_child([] {
    exit_with_7_soon();
    mn::runtime rt({.cores = 2, .on_deadlock = mn::deadlock_action::ignore});
    mn::runtime other({.cores = 1});  // would end the program, but for the first, which might go on
    rt.run([] { (void)mn::channel<int>().recv(); });
  });
  EXPECT_TRUE(r.exited_with(7)) << r.said;
  EXPECT_EQ(r.times(found), 0) << r.said;
}

TEST(deadlock, more_than_a_hundred_tasks_are_counted_where_they_are_alike) {
  NEEDS_PROOF();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 2});
    rt.run([] {
      mn::channel<int> one, other;
      for (int i = 0; i < 1000; ++i) {
        mn::go([=] { (void)one.recv(); });
        if (i % 2) mn::go([=] { other.send(1); });
      }
    });
  });
  EXPECT_TRUE(r.killed_by(SIGABRT)) << r.said;
  EXPECT_TRUE(r.says("1500 tasks: 1500 parked")) << r.said;
  EXPECT_TRUE(r.says("1000 tasks [channel receive at 0x")) << r.said;
  EXPECT_TRUE(r.says("500 tasks [channel send at 0x")) << r.said;
  EXPECT_EQ(r.times("\ntask "), 6) << r.said;
}

// No false alarm: each of these would end the test program.

TEST(deadlock, a_thread_that_sleeps_may_still_wake_the_tasks) {
  mn::runtime rt({.cores = 2});
  mn::channel<int> ch;
  std::thread later([=] {
    std::this_thread::sleep_for(200ms);
    ch.close();
  });
  rt.run([=] { EXPECT_FALSE(ch.recv()); });
  later.join();
}

TEST(deadlock, the_thread_that_made_the_runtime_may_still_wake_the_tasks) {
  mn::runtime rt({.cores = 2});
  mn::channel<int> ch;
  rt.go([=] { EXPECT_FALSE(ch.recv()); });
  std::this_thread::sleep_for(100ms);
  ch.close();
}

TEST(deadlock, a_thread_that_waits_outside_mn_is_not_counted_as_blocked) {
  mn::runtime rt({.cores = 1});
  mn::channel<int> ch;
  std::promise<void> outside;
  std::thread other([&] {
    outside.get_future().wait();
    ch.send(1);
  });
  std::thread third([&] {
    std::this_thread::sleep_for(100ms);
    outside.set_value();
  });
  rt.run([=] { EXPECT_EQ(ch.recv(), 1); });
  other.join();
  third.join();
}

TEST(deadlock, a_sleeping_task_or_one_with_a_timeout_wakes_by_itself) {
  mn::runtime rt({.cores = 2});
  rt.run([] {
    mn::channel<int> ch;
    mn::go([=] {
      mn::sleep_for(100ms);
      ch.close();
    });
    EXPECT_FALSE(ch.recv());
    mn::select(mn::on_recv(mn::channel<int>(), [](auto) { FAIL(); }), mn::after(60ms, [] {}));
  });
}

TEST(deadlock, a_plain_thread_with_a_timeout_wakes_by_itself) {
  mn::runtime rt({.cores = 1});
  mn::channel<int> ch;
  rt.go([=] { EXPECT_EQ(ch.recv(), 1); });
  mn::select(mn::on_recv(mn::channel<int>(), [](auto) { FAIL(); }), mn::after(100ms, [] {}));
  ch.send(1);
}

TEST(deadlock, plain_threads_and_tasks_that_wake_each_other_slowly_are_never_taken_for_one) {
  // Each wait is longer than the monitor watches before it rests, so it rests, looks and is called all the time.
  mn::runtime rt({.cores = 2});
  mn::channel<int> there, back;
  std::thread plain([=] {
    for (int i = 0; i < 10; ++i) {
      std::this_thread::sleep_for(15ms);
      there.send(i);
      EXPECT_EQ(back.recv(), i);
    }
  });
  rt.run([=] {
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(there.recv(), i);
      mn::sleep_for(15ms);
      back.send(i);
    }
  });
  plain.join();
}

TEST(deadlock, runtimes_that_come_and_go_while_others_wait_are_never_taken_for_one) {
  mn::runtime rt({.cores = 1});
  mn::channel<int> ch;
  std::thread plain([=] {
    for (int i = 0; i < 30; ++i) {
      mn::runtime other({.cores = 1 + static_cast<unsigned>(i) % 3});
      other.run([=] {
        mn::go([=] { ch.send(i); });
        mn::sleep_for(std::chrono::milliseconds(i));
      });
    }
    ch.close();
  });
  rt.run([=] {
    int expected = 0;
    for (int v : ch) EXPECT_EQ(v, expected++);
  });
  plain.join();
}

TEST(deadlock, a_forked_child_begins_anew) {
  NEEDS_FORK();
#if defined(MN_TSAN)
  GTEST_SKIP() << "ThreadSanitizer refuses threads in the child of a process that has some";
#elif defined(MN_ASAN)
  GTEST_SKIP() << "a fork may leave a lock of AddressSanitizer's allocator held by a thread that the child has not";
#endif
  mn::runtime rt({.cores = 2});
  mn::channel<int> ch;
  rt.go([=] { EXPECT_FALSE(ch.recv()); });
  const auto r = in_child([] {
    mn::runtime own({.cores = 1});
    own.run([] { mn::sleep_for(30ms); });
  });
  EXPECT_TRUE(r.exited_with(0)) << r.said;
  ch.close();
}

TEST(deadlock, a_call_of_blocking_may_still_wake_the_tasks) {
  mn::runtime rt({.cores = 1});
  rt.run([] {
    mn::channel<int> ch;
    mn::go([=] {
      mn::blocking([] { std::this_thread::sleep_for(100ms); });
      ch.close();
    });
    EXPECT_FALSE(ch.recv());
  });
}

TEST(deadlock, is_found_when_a_spare_worker_has_come_and_gone) {
  NEEDS_PROOF();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 1});
    rt.run([] {
      mn::channel<int> never;
      for (int i = 0; i < 3; ++i) {
        mn::go([=] {
          mn::blocking([] { std::this_thread::sleep_for(20ms); });
          (void)never.recv();
        });
      }
    });
  });
  EXPECT_TRUE(r.killed_by(SIGABRT) && r.says(found)) << r.said;
  EXPECT_TRUE(r.says("4 tasks: 4 parked") || r.says("3 tasks: 3 parked")) << r.said;
}

TEST(deadlock, another_thread_of_mn_is_waited_for_while_it_does_not_rest) {
  NEEDS_PROOF();
  const auto with_helper = [](bool (*rests)() noexcept) {
    return in_child([&] {
      exit_with_7_soon();
      static mn::detail::registry::helper helper;
      helper.rests = rests;
      std::thread([] {
        mn::detail::registry::instance().add(helper);
        for (;;) pause();
      }).detach();
      mn::runtime rt({.cores = 1});
      rt.run([] { (void)mn::channel<int>().recv(); });
    });
  };
  const auto works = with_helper([]() noexcept { return false; });
  EXPECT_TRUE(works.exited_with(7)) << works.said;
  EXPECT_EQ(works.times(found), 0) << works.said;
  const auto rests = with_helper([]() noexcept { return true; });
  EXPECT_TRUE(rests.killed_by(SIGABRT) && rests.says(found)) << rests.said;
}

// Nothing but mn holds the threads of this child, so that only the order of a few instructions tells a wait that is
// about to end from one that never will; and the search goes on all the time, not after ten quiet milliseconds.
TEST(deadlock, a_search_without_pause_finds_none_where_tasks_and_plain_threads_wake_each_other) {
  NEEDS_FORK();
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  const auto r = in_child([seed] {
    static mn::detail::registry::helper searcher{[]() noexcept { return true; }};
    mn::detail::scheduler s({.cores = 2}), idle({.cores = 1});
    mn::channel<int> there, back, none;
    std::thread([&s] {
      mn::detail::registry::instance().add(searcher);
      mn::detail::deadlock_watch watch(s);
      watch.begin();
      for (;;) (void)watch.look();
    }).detach();
    std::thread plain([=, &idle] {
      std::mt19937 random(seed);
      for (int i = 0; i < scaled(3000); ++i) {
        const auto way = random() % 64;
        if (way == 0) {
          mn::runtime other({.cores = 1});
          other.run([=] { there.send(i); });
        } else if (way < 3) {
          std::thread([=] { there.send(i); }).detach();
        } else if (way < 6) {
          std::thread([=] { back.send(i); }).detach();
        } else if (way < 16) {
          start(idle, [] { mn::yield(); });
          idle.wait_until_quiet();
          there.send(i);
        } else if (way < 40) {
          there.send(i);
        } else {
          mn::select(mn::on_send(there, i, [] {}), mn::on_recv(none, [](auto) {}));
        }
        if (back.recv() != i) std::abort();
        if (way < 6) std::this_thread::sleep_for(std::chrono::microseconds(random() % 400));  // awake, and idle
      }
      there.close();
    });
    start(s, [=] {
      std::mt19937 random(seed + 1);
      mn::channel<int> ping, pong;
      mn::go([=] {
        for (int v : ping) pong.send(v);
      });
      for (int v : there) {
        if (random() % 4 == 0) {
          for (unsigned k = random() % 200; k > 0; --k) ping.send(v), (void)pong.recv();
        }
        if (random() % 4 == 0) mn::sleep_for(std::chrono::microseconds(random() % 50));
        if (random() % 64 == 0) mn::blocking([] { std::this_thread::yield(); });
        if (random() % 4 == 0) {
          mn::go([=] { back.send(v); });
        } else {
          back.send(v);
        }
      }
      ping.close();
    });
    s.wait_until_quiet();
    plain.join();
    _exit(0);  // the searcher still uses s
  });
  EXPECT_TRUE(r.exited_with(0)) << r.said;
  EXPECT_EQ(r.times(found), 0) << r.said;
}
