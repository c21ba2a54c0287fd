#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <thread>

#include "arch/unwind.hpp"
#include "in_child.hpp"
#include "on_cores.hpp"
#include "report.hpp"

using namespace std::chrono_literals;

extern "C" {
[[gnu::noinline]] void mn_test_waits_here(const mn::channel<int>* ch) {
  (void)ch->recv();
  asm volatile("");
}
}

namespace {

/// What `f(fd)` writes.
template <class F>
std::string written_by(F f) {
  std::FILE* file = std::tmpfile();
  f(fileno(file));
  std::string text = contents(fileno(file));
  std::fclose(file);
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A dump with all of these in it: the tasks may need a while to come to where they wait. The last one where that never
/// happens.
template <class F>
std::string settled(F f, std::initializer_list<const char*> parts) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) {
    text = written_by(f);
    if (std::all_of(parts.begin(), parts.end(), [&](const char* p) { return has(text, p); })) break;
    mn::sleep_for(1ms);
  }
  return text;
}

}  // namespace

TEST(dump, names_every_task_with_place_wait_and_calls) {
  on_cores([] {
    mn::channel<int> ch;
    mn::this_task::set_name("root");
    mn::go([=] {
      mn::this_task::set_name("reader");
      mn_test_waits_here(&ch);
    });
    std::atomic<bool> done{false};
    mn::wait_group sleeper;
    sleeper.go([&] {
      while (!done) mn::sleep_for(20ms);
    });
    const auto text = settled([](int fd) { mn::dump_all_tasks(fd); },
                              {"1 running, 2 parked", "[sleep, ", "[channel receive", "[end of all tasks"});
    EXPECT_TRUE(has(text, "3 tasks: 1 running, 2 parked")) << text;
    EXPECT_TRUE(has(text, "\"root\" [running on worker ")) << text;
    EXPECT_TRUE(has(text, "\"reader\" [channel receive at 0x")) << text;
    EXPECT_TRUE(has(text, " [sleep, ")) << text;
    EXPECT_TRUE(has(text, "dump_test.cpp:")) << text;
    EXPECT_TRUE(has(text, "end of all tasks")) << text;  // the thread in run()
    EXPECT_EQ(has(text, " mn_test_waits_here +0x"), mn::arch::can_unwind_saved) << text;
    done = true;
    sleeper.wait();
    ch.close();
  });
}

TEST(dump, of_one_runtime_shows_no_other) {
  mn::runtime a({.cores = 1}), b({.cores = 1});
  mn::channel<int> ch;
  a.go([=] {
    mn::this_task::set_name("of a");
    (void)ch.recv();
  });
  b.go([=] {
    mn::this_task::set_name("of b");
    (void)ch.recv();
  });
  std::string text;
  while (!has(text, "of a")) text = written_by([&](int fd) { a.dump(fd); });
  EXPECT_FALSE(has(text, "of b")) << text;
  while (!has(text, "of b")) text = written_by([](int fd) { mn::dump_all_tasks(fd); });
  EXPECT_TRUE(has(text, "of a")) << text;
  ch.close();
}

TEST(dump, of_very_many_tasks_counts_those_that_are_alike_and_shows_the_first) {
  constexpr int many = scaled(20'000);
  mn::runtime rt({.cores = 2});
  rt.run([&] {
    mn::channel<int> gate;
    mn::wait_group parked;
    parked.add(many);
    for (int i = 0; i < many; ++i) {
      mn::go([&, gate] {
        parked.done();
        mn_test_waits_here(&gate);
      });
    }
    parked.wait();
    const auto all = std::to_string(many) + " tasks [channel receive at 0x";
    const auto text = settled([&](int fd) { rt.dump(fd); }, {all.c_str()});
    EXPECT_TRUE(has(text, std::to_string(many) + " tasks [channel receive at 0x")) << text;
    EXPECT_TRUE(has(text, "\ntask 2 [channel receive")) << text;
    EXPECT_LT(text.size(), 10'000u) << text;
    gate.close();
  });
}

TEST(dump, tasks_of_more_kinds_than_are_shown_are_counted) {
  mn::runtime rt({.cores = 1});
  rt.run([&] {
    mn::channel<int> gate;
    constexpr int kinds = static_cast<int>(mn::detail::report::groups_at_most) + 50;
    for (int i = 0; i < kinds; ++i) {
      mn::detail::task* t = mn::detail::make_task(mn::detail::acquire_task(), [=] { (void)gate.recv(); });
      mn::detail::submit(*t, std::source_location::current());
      t->line = static_cast<unsigned>(100'000 + i);  // as if each were spawned elsewhere
    }
    const auto text = settled([&](int fd) { rt.dump(fd); }, {"178 parked"});
    EXPECT_TRUE(has(text, "1 task [channel receive at 0x")) << text;
    EXPECT_TRUE(has(text, "51 tasks of further kinds")) << text;  // the root is one more
    gate.close();
  });
}

TEST(dump, goes_on_while_everything_runs) {
  mn::runtime rt({.cores = 4});
  std::atomic<bool> stop{false};
  std::thread dumper([&] {
    while (!stop) (void)written_by([](int fd) { mn::dump_all_tasks(fd); });
  });
  rt.run([] {
    mn::wait_group wg;
    for (int i = 0; i < 8; ++i) {
      wg.go([] {
        for (int k = 0; k < scaled(3000); ++k) {
          mn::this_task::set_name(std::to_string(k));
          mn::channel<int> ch;
          mn::go([=] { ch.send(k); });
          EXPECT_EQ(ch.recv(), k);
          if (k % 100 == 0) mn::sleep_for(10us);
        }
      });
    }
    wg.wait();
  });
  stop = true;
  dumper.join();
}

TEST(dump, two_at_once_from_tasks_of_the_same_runtime) {
  on_cores([] {
    mn::wait_group wg;
    for (int i = 0; i < 4; ++i) {
      wg.go([] {
        for (int k = 0; k < 5; ++k) {
          const auto text = written_by([](int fd) { mn::dump_all_tasks(fd); });
          EXPECT_TRUE(has(text, "running on worker")) << text;
          mn::yield();
        }
      });
    }
    wg.wait();
  });
}

TEST(dump, a_name_cannot_move_the_cursor) {
  mn::runtime rt({.cores = 1});
  rt.run([&] {
    mn::this_task::set_name("a\x1b[2Jb\nc");
    const auto text = written_by([&](int fd) { rt.dump(fd); });
    EXPECT_TRUE(has(text, "\"a?[2Jb?c\"")) << text;
  });
}

// SIGQUIT

TEST(sigquit, prints_every_task_and_the_program_goes_on) {
  NEEDS_FORK();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 2});
    rt.run([] {
      mn::this_task::set_name("root");
      for (int i = 1; i <= 3; ++i) {
        raise(SIGQUIT);
        wait_until_said("thread ", i);  // the end of a dump
        mn::sleep_for(50ms);            // the workers sleep and so does the monitor, in the end
      }
    });
  });
  EXPECT_TRUE(r.exited_with(0)) << r.said;
  EXPECT_EQ(r.times("mn: all tasks, as SIGQUIT asked"), 3) << r.said;
  EXPECT_GE(r.times("\"root\" ["), 3) << r.said;
  EXPECT_GE(r.times("dump_test.cpp:"), 3) << r.said;
}

TEST(sigquit, works_while_every_worker_runs_on_without_a_choice) {
  NEEDS_FORK();
  const auto r = in_child([] {
    std::atomic<bool> stop{false};
    mn::runtime rt({.cores = 1, .spare_threads = 0});
    std::thread other([&] {
      std::this_thread::sleep_for(30ms);
      raise(SIGQUIT);
      wait_until_said("[end of all tasks");
      stop = true;
    });
    rt.run([&] {
      mn::this_task::set_name("endless");
      while (!stop) {
      }
    });
    other.join();
  });
  EXPECT_TRUE(r.exited_with(0)) << r.said;
  EXPECT_TRUE(r.says("\"endless\" [running on worker 0, thread ")) << r.said;
}

TEST(sigquit, a_handler_of_the_program_stays) {
  NEEDS_FORK();
  const auto r = in_child([] {
    std::signal(SIGQUIT, [](int) { _exit(9); });
    mn::runtime rt({.cores = 1});
    rt.run([] {
      raise(SIGQUIT);
      mn::sleep_for(10s);
    });
  });
  EXPECT_TRUE(r.exited_with(9)) << r.said;
}

TEST(sigquit, is_left_alone_where_that_is_asked_for) {
  NEEDS_FORK();
  const auto r = in_child([] {
    mn::runtime rt({.cores = 1, .dump_on_sigquit = false});
    raise(SIGQUIT);
  });
  EXPECT_TRUE(r.killed_by(SIGQUIT)) << r.said;
}

TEST(sigquit, means_what_it_did_before_once_no_runtime_is_left) {
  NEEDS_FORK();
  const auto dies = in_child([] {
    { mn::runtime rt({.cores = 1}), other({.cores = 1}); }
    raise(SIGQUIT);
  });
  EXPECT_TRUE(dies.killed_by(SIGQUIT)) << dies.said;
  const auto ignored = in_child([] {
    std::signal(SIGQUIT, SIG_IGN);
    { mn::runtime rt({.cores = 1}); }
    raise(SIGQUIT);
  });
  EXPECT_TRUE(ignored.exited_with(0)) << ignored.said;
}

TEST(sigquit, a_second_one_ends_a_program_that_cannot_even_write_the_first_dump) {
  NEEDS_FORK();
  const auto r = in_child([] {
    const mn::detail::the_report held;  // by somebody who hangs
    mn::runtime rt({.cores = 1});
    raise(SIGQUIT);
    std::this_thread::sleep_for(50ms);
    raise(SIGQUIT);
    std::this_thread::sleep_for(10s);
  });
  EXPECT_TRUE(r.killed_by(SIGQUIT)) << r.said;
}

TEST(sigquit, a_forked_child_without_a_runtime_is_ended_by_it) {
  NEEDS_FORK();
  mn::runtime rt({.cores = 1});
  const auto r = in_child([] { raise(SIGQUIT); });
  EXPECT_TRUE(r.killed_by(SIGQUIT)) << r.said;
}
