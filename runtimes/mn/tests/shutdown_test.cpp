#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "in_child.hpp"
#include "on_cores.hpp"
#include "os/process.hpp"
#include "registry.hpp"

using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST(shutdown, is_clean_when_every_task_has_ended) {
  for (unsigned cores : {1u, 2u, 4u}) {
    mn::runtime rt({.cores = cores});
    std::atomic<int> ended{0};
    for (int i = 0; i < 100; ++i) {
      rt.go([&] {
        mn::sleep_for(1ms);
        mn::go([&] { ++ended; });  // tasks may start others until the end
      });
    }
    const auto r = rt.shutdown(1min);
    EXPECT_TRUE(r.clean);
    EXPECT_EQ(r.left, 0u);
    EXPECT_EQ(r.report, "");
    EXPECT_EQ(ended, 100);
  }
}

TEST(shutdown, tells_which_tasks_are_left_where_they_were_spawned_and_what_they_wait_for) {
  for (unsigned cores : {1u, 2u, 4u}) {
    mn::channel<int> ch;
    auto group = std::make_unique<mn::wait_group>();
    group->add();
    {
      mn::runtime rt({.cores = cores});
      rt.go([=] {
        mn::this_task::set_name("fetcher");
        (void)ch.recv();
      });
      rt.go([g = group.get()] {
        mn::this_task::set_name("waiter");
        g->wait();
      });
      rt.go([] { mn::sleep_for(1h); });
      const auto r = rt.shutdown(20ms);
      EXPECT_FALSE(r.clean);
      EXPECT_EQ(r.left, 3u);
      EXPECT_TRUE(has(r.report, "3 tasks: 3 parked")) << r.report;
      EXPECT_TRUE(has(r.report, "\"fetcher\" [channel receive at 0x")) << r.report;
      EXPECT_TRUE(has(r.report, "\"waiter\" [wait group at 0x")) << r.report;
      EXPECT_TRUE(has(r.report, " [sleep, ")) << r.report;
      EXPECT_TRUE(has(r.report, "shutdown_test.cpp:")) << r.report;
      EXPECT_TRUE(has(r.report, "kept until the program ends")) << r.report;
      EXPECT_EQ(rt.shutdown(1min).left, 3u);  // at once, and the same
    }  // ends at once
    // Those who still hold references wake tasks that are there, and never run.
    group->done();
    ch.send(1);
  }
}

TEST(shutdown, refuses_new_tasks_by_a_named_error) {
  mn::runtime rt({.cores = 1});
  EXPECT_TRUE(rt.shutdown(1min).clean);
  EXPECT_THROW(rt.go([] {}), mn::runtime_stopped);
  EXPECT_THROW(rt.run([] {}), mn::runtime_stopped);
  EXPECT_EQ(rt.stats().tasks_started, 0u);
}

TEST(shutdown, from_inside_a_task_is_a_named_error) {
  mn::runtime rt({.cores = 1});
  rt.run([&] { EXPECT_THROW((void)rt.shutdown(1s), mn::inside_a_task); });
}

TEST(shutdown, does_not_hang_on_a_task_that_never_gives_way_and_says_so) {
  static std::atomic<bool> stop, ended;
  stop = ended = false;
  mn::runtime rt({.cores = 2});
  rt.go([] {
    mn::this_task::set_name("endless");
    while (!stop) {
    }
    mn::yield();  // here its worker ends
    ended = true;
  });
  const auto r = rt.shutdown(10ms);
  EXPECT_EQ(r.left, 1u);
  EXPECT_TRUE(has(r.report, "\"endless\" [running on worker ")) << r.report;
  EXPECT_TRUE(has(r.report, "1 worker still runs such a task")) << r.report;
  stop = true;
  while (has(rt.shutdown(0s).report, "still runs")) std::this_thread::sleep_for(1ms);
  EXPECT_FALSE(ended);
}

TEST(shutdown, what_runs_ends_if_it_soon_gives_way) {
  std::atomic<bool> begun{false}, gone_on{false};
  {
    mn::runtime rt({.cores = 1});
    rt.go([&] {
      begun = true;
      std::this_thread::sleep_for(50ms);
      mn::yield();  // although nothing else is ready
      gone_on = true;
    });
    while (!begun) std::this_thread::yield();
    const auto r = rt.shutdown(1ms);
    EXPECT_EQ(r.left, 1u);
    EXPECT_FALSE(has(r.report, "still runs")) << r.report;
  }
  EXPECT_FALSE(gone_on);
}

TEST(shutdown, ends_a_run_on_another_thread_by_a_named_error) {
  for (unsigned cores : {1u, 2u}) {
    mn::runtime rt({.cores = cores});
    mn::channel<int> never;
    std::atomic<bool> begun{false};
    std::thread runner([&] {
      EXPECT_THROW(rt.run([&] {
        begun = true;
        (void)never.recv();
      }),
                   mn::runtime_stopped);
    });
    while (!begun) std::this_thread::yield();
    EXPECT_EQ(rt.shutdown(5ms).left, 1u);
    runner.join();
  }
}

TEST(shutdown, that_is_in_time_lets_a_run_on_another_thread_end_as_ever) {
  mn::runtime rt({.cores = 2});
  std::atomic<bool> begun{false};
  std::thread runner([&] {
    rt.run([&] {
      begun = true;
      mn::sleep_for(20ms);
    });
  });
  while (!begun) std::this_thread::yield();
  EXPECT_TRUE(rt.shutdown(1min).clean);
  runner.join();
}

TEST(shutdown, several_at_once_agree) {
  mn::channel<int> never;
  mn::runtime rt({.cores = 2});
  rt.go([=] { (void)never.recv(); });
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&, i] { EXPECT_EQ(rt.shutdown(std::chrono::milliseconds(5 + i)).left, 1u); });
  }
  for (auto& c : callers) c.join();
}

TEST(shutdown, a_dump_still_shows_what_was_left) {
  mn::channel<int> never;
  mn::runtime rt({.cores = 1});
  rt.go([=] {
    mn::this_task::set_name("left over");
    (void)never.recv();
  });
  EXPECT_EQ(rt.shutdown(5ms).left, 1u);
  std::FILE* file = std::tmpfile();
  rt.dump(fileno(file));
  const auto text = contents(fileno(file));
  std::fclose(file);
  EXPECT_TRUE(has(text, "\"left over\" [channel receive at 0x")) << text;
}

TEST(shutdown, other_runtimes_go_on) {
  mn::channel<int> ch;
  mn::runtime rt({.cores = 1});
  {
    mn::runtime given_up({.cores = 1});
    given_up.go([=] { (void)mn::channel<int>().recv(); });
    EXPECT_FALSE(given_up.shutdown(5ms).clean);
  }
  rt.run([=] {
    mn::go([=] { ch.send(1); });
    EXPECT_EQ(ch.recv(), 1);
  });
}

// The search for deadlocks takes threads that are not counted as mn's for the program's, so one too many would make it
// report deadlocks where the program still runs: registry.hpp.
TEST(shutdown, never_counts_threads_that_have_gone) {
  auto& all = mn::detail::registry::instance();
  std::atomic<bool> over{false};
  std::atomic<int> looks{0}, too_many{0};
  std::thread observer([&] {
    while (!over) {
      const std::lock_guard hold(all.lock);
      const std::size_t own = all.own_threads();
      if (own + 2 > mn::os::count_threads()) ++too_many;  // this thread and the first one are not mn's
      ++looks;
    }
  });
  for (int i = 0; i < 200; ++i) {
    mn::channel<int> never;
    mn::runtime rt({.cores = 1});
    rt.go([=] { (void)never.recv(); });
    EXPECT_EQ(rt.shutdown(0s).left, 1u);
  }
  over = true;
  observer.join();
  EXPECT_EQ(too_many, 0) << "of " << looks;
}
