#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "os/os.hpp"
#include "scheduler.hpp"
#include "seed.hpp"
#include "trace/environment.hpp"
#include "traced.hpp"
#include "worker.hpp"

using namespace std::chrono_literals;

TEST(trace, events_that_do_not_fit_are_counted_and_told) {
  traced_on_cores([](unsigned cores) {
    const auto r = traced(cores, [] { be_busy(500); }, {.events_per_worker = 64});
    EXPECT_GT(r.result.lost, 0u);
    EXPECT_GT(r.result.events, 0u);
    std::uint64_t told = 0;
    for (const auto& s : r.trace.slices()) {
      if (s.name == "events lost") told += std::stoull(s.arg("events lost"));
    }
    for (const auto& e : r.trace.instants("events of other threads lost")) told += std::stoull(e.arg("events lost"));
    EXPECT_EQ(told, r.result.lost);
    for (const auto& e : r.trace.events) {
      if (e.what == trace_event::instant && e.category == "trace" && !e.arg("workers").empty()) {
        EXPECT_EQ(e.arg("events lost"), std::to_string(r.result.lost));
      }
    }
  });
}

TEST(trace, only_so_many_tasks_have_a_track_and_the_trace_tells_how_many_there_are) {
  const auto r = traced(1,
                        [] {
                          for (int i = 0; i < 9; ++i) mn::go([] {});
                        },
                        {.task_tracks = 4});
  int tracks = 0;
  std::string group;
  for (const auto& [id, track] : r.trace.tracks) {
    if (track.parent == 0 || !r.trace.is_called(track.parent, "tasks")) continue;
    group = r.trace.track_name(track.parent);
    ++tracks;
  }
  EXPECT_EQ(tracks, 4);
  EXPECT_NE(group.find("(4 of 10)"), std::string::npos) << group;
  EXPECT_EQ(r.trace.runs().size(), r.trace.instants("spawns").size());
}

TEST(trace, traces_may_begin_and_end_at_any_moment_while_tasks_run) {
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  traced_on_cores([](unsigned cores) {
    std::mt19937 random(seed());
    mn::runtime rt({.cores = cores});
    std::atomic<bool> enough{false};
    std::thread tracer([&] {
      for (int i = 0; i < 20; ++i) {
        const temporary_file file;
        mn::trace t(rt, file.path(), {.events_per_worker = 1u << (4 + random() % 9)});
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
        const auto result = t.stop();
        const auto trace = read_trace_file(file.path());
        expect_well_formed(trace);
        if (result.lost > 0 || testing::Test::HasFatalFailure()) continue;
        // What began before the trace is in it as soon as it does anything.
        for (const auto& run : trace.runs()) {
          EXPECT_TRUE(run.name.starts_with("traced.hpp:") || run.name.starts_with("trace_session_test.cpp:"))
              << run.name;
        }
      }
      enough = true;
    });
    rt.run([&] {
      while (!enough) be_busy(50);
    });
    tracer.join();
    const auto s = rt.stats();
    EXPECT_EQ(s.tasks_started, s.tasks_ended);
  });
}

TEST(trace, what_runs_or_sleeps_throughout_the_trace_is_shown) {
  const temporary_file file;
  mn::runtime rt({.cores = 2});
  std::atomic<mn::detail::scheduler*> started{nullptr};
  std::atomic<bool> enough{false};
  std::thread outside([&] {
    rt.run([&] {
      started = &mn::detail::current_worker()->home;
      while (!enough) {
      }
    });
  });
  while (!started) std::this_thread::yield();
  while (started.load()->idle.count() != 1) std::this_thread::yield();
  {
    mn::trace t(rt, file.path());
    std::this_thread::sleep_for(5ms);
  }
  enough = true;
  outside.join();
  const auto trace = read_trace_file(file.path());
  expect_well_formed(trace);
  std::set<std::string> shown;
  for (const auto& s : trace.slices()) shown.insert(s.name);
  EXPECT_TRUE(shown.contains("no switch"));
  EXPECT_TRUE(shown.contains("asleep"));
}

TEST(trace, a_run_that_began_before_the_trace_is_shown_from_its_beginning) {
  const temporary_file file;
  mn::runtime rt({.cores = 1});
  std::atomic<bool> started{false}, traced{false};
  std::thread outside([&] {
    rt.run([&] {
      started = true;
      while (!traced) {
      }
      mn::go([] {});
    });
  });
  while (!started) std::this_thread::yield();
  mn::trace t(rt, file.path());
  traced = true;
  outside.join();
  t.stop();
  const auto trace = read_trace_file(file.path());
  expect_well_formed(trace);
  const auto runs = trace.runs();
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].arg("task"), "1");
  EXPECT_EQ(runs[0].arg("ends"), "ended");
  EXPECT_EQ(runs[0].began_ns, trace.events.at(0).when_ns);
}

TEST(trace, two_traces_at_once_do_not_disturb_each_other) {
  const temporary_file whole, part;
  mn::runtime rt({.cores = 2});
  mn::trace outer(rt, whole.path());
  rt.run([] { be_busy(20); });
  mn::trace inner(rt, part.path());
  rt.run([] { be_busy(20); });
  const auto inner_result = inner.stop();
  rt.run([] { be_busy(20); });
  const auto outer_result = outer.stop();
  EXPECT_LT(inner_result.events, outer_result.events);
  EXPECT_EQ(outer_result.lost, 0u);
  for (const temporary_file* file : {&whole, &part}) {
    const auto trace = read_trace_file(file->path());
    expect_well_formed(trace);
    expect_whole(trace);
  }
}

TEST(trace, a_task_may_trace_its_own_runtime) {
  const temporary_file file;
  mn::runtime rt({.cores = 2});
  rt.run([&] {
    mn::trace t(rt, file.path());
    be_busy(50);
    EXPECT_GT(t.stop().events, 0u);
  });
  expect_well_formed(read_trace_file(file.path()));
}

TEST(trace, the_counters_are_right_at_the_end_even_if_no_worker_looked_at_the_clock) {
  const temporary_file file;
  mn::runtime rt({.cores = 1, .spare_threads = 0});  // nobody else runs what is spawned
  rt.run([&] {
    mn::trace t(rt, file.path());
    for (int i = 0; i < 3; ++i) mn::go([] {});
    t.stop();
  });
  const auto trace = read_trace_file(file.path());
  EXPECT_EQ(trace.counts("tasks alive").back(), 4);
  EXPECT_EQ(trace.counts("tasks ready").back(), 3);
  EXPECT_EQ(trace.counts("tasks parked").back(), 0);
}

TEST(trace, it_ends_with_the_runtime_at_the_latest) {
  const temporary_file file;
  auto rt = std::make_unique<mn::runtime>(mn::options{.cores = 2});
  mn::trace t(*rt, file.path());
  rt->run([] { be_busy(10); });
  rt.reset();
  const auto result = t.stop();
  EXPECT_GT(result.events, 0u);
  EXPECT_EQ(t.stop().events, result.events);  // again: the same
  const auto trace = read_trace_file(file.path());
  expect_well_formed(trace);
  expect_whole(trace);
}

TEST(trace, nothing_is_recorded_when_no_trace_is_under_way) {
  const temporary_file file;
  mn::runtime rt({.cores = 2});
  { const mn::trace t(rt, file.path()); }
  const auto recorded = [&rt] {
    std::uint64_t all = 0;
    rt.run([&all] {
      for (const auto& w : mn::detail::current_worker()->home.workers) all += w->events.written();
    });
    return all;
  };
  const auto before = recorded();
  rt.run([] { be_busy(20); });
  EXPECT_EQ(recorded(), before);
  mn::trace t(rt, file.path());
  const auto result = t.stop();
  EXPECT_EQ(result.tasks, 0u);
  EXPECT_EQ(result.lost, 0u);
}

TEST(trace, the_files_of_two_runtimes_may_be_joined) {
  const temporary_file a, b, both;
  {
    mn::runtime ra({.cores = 2}), rb({.cores = 2});
    const mn::trace ta(ra, a.path()), tb(rb, b.path());
    mn::channel<int> ch;
    rb.go([=] {
      for (int i = 0; i < 100; ++i) ch.send(i);
      ch.close();
    });
    ra.run([&] {
      for (int v : ch) (void)v;
    });
  }
  {
    std::ofstream joined(both.path(), std::ios::binary);
    for (const auto* part : {&a, &b}) joined << std::ifstream(part->path(), std::ios::binary).rdbuf();
  }
  const auto trace = read_trace_file(both.path());
  std::size_t workers = 0;
  std::set<std::int64_t> threads;
  for (const auto& [id, track] : trace.tracks) {
    workers += track.name.starts_with("mn worker ");
    if (track.is_thread) {
      EXPECT_TRUE(threads.insert(track.thread).second) << "one thread has two tracks";
    }
  }
  EXPECT_EQ(workers, 4u);
  EXPECT_EQ(trace.events.size(), read_trace_file(a.path()).events.size() + read_trace_file(b.path()).events.size());
}

TEST(trace, a_file_that_cannot_be_written_is_a_named_error) {
  mn::runtime rt({.cores = 1});
  try {
    mn::trace t(rt, "/nonexistent/trace");
    FAIL() << "it began";
  } catch (const mn::cannot_write_trace& e) {
    EXPECT_STREQ(e.what(), "mn: cannot write the trace /nonexistent/trace: No such file or directory");
  }
  EXPECT_THROW(mn::trace(rt, "/dev/null", {.events_per_worker = 1}), mn::bad_option);
  EXPECT_THROW(mn::trace(rt, "/dev/null", {.events_per_worker = ~std::size_t{0}}), mn::bad_option);
  rt.run([] { be_busy(10); });
}

TEST(trace, a_full_disk_is_a_named_error_once) {
  mn::runtime rt({.cores = 1});
  mn::trace t(rt, "/dev/full");
  rt.run([] { be_busy(10); });
  try {
    t.stop();
    FAIL() << "it was written";
  } catch (const mn::cannot_write_trace& e) {
    EXPECT_STREQ(e.what(), "mn: the trace /dev/full is incomplete: No space left on device");
  }
  EXPECT_GT(t.stop().events, 0u);
}

TEST(trace_environment, a_path_tells_the_process_and_the_number_of_the_trace) {
  using mn::detail::trace_path;
  EXPECT_EQ(trace_path("a.pftrace", 1, 7), "a.pftrace");
  EXPECT_EQ(trace_path("a.pftrace", 2, 7), "a.2.pftrace");
  EXPECT_EQ(trace_path("b.c/a", 3, 7), "b.c/a.3");
  EXPECT_EQ(trace_path("b/.a", 2, 7), "b/.a.2");
  EXPECT_EQ(trace_path(".a", 2, 7), ".a.2");
  EXPECT_EQ(trace_path("x.%p.y%p%", 2, 7), "x.7.2.y7%");
}

namespace {

// In a process of its own, because MN_TRACE counts a process's traces. Ends it with 0 if the tasks ran.
[[noreturn]] void run_with(const std::string& trace, const char* events, int runtimes) {
  setenv("MN_TRACE", trace.c_str(), 1);
  if (events) setenv("MN_TRACE_EVENTS", events, 1);
  std::atomic<int> ran{0};
  for (int i = 0; i < runtimes; ++i) {
    mn::runtime rt({.cores = 2});
    rt.run([&] {
      be_busy(20);
      ++ran;
    });
  }
  std::_Exit(ran == runtimes ? 0 : 1);
}

}  // namespace

TEST(trace_environment_death, mn_trace_traces_every_runtime_from_start_to_end_into_a_file_of_its_own) {
  const temporary_file file;
  EXPECT_EXIT(run_with(file.path(), nullptr, 2), testing::ExitedWithCode(0), "^$");
  std::string second = file.path();
  second.insert(second.rfind('.'), ".2");
  for (const std::string& name : {file.path(), second}) {
    const auto trace = read_trace_file(name);
    expect_well_formed(trace);
    expect_whole(trace);
    EXPECT_GT(trace.runs().size(), 50u);
  }
  std::remove(second.c_str());
}

TEST(trace_environment_death, a_path_that_cannot_be_written_is_one_line_and_the_program_goes_on) {
  EXPECT_EXIT(run_with("/nonexistent/x", nullptr, 1), testing::ExitedWithCode(0),
              "^mn: cannot write the trace /nonexistent/x: No such file or directory; MN_TRACE has no effect on this "
              "runtime\n$");
  EXPECT_EXIT(run_with("/dev/full", nullptr, 1), testing::ExitedWithCode(0),
              "^mn: the trace /dev/full is incomplete: No space left on device\n$");
}

TEST(trace_environment_death, mn_trace_events_sets_the_number_of_events_or_is_told_to_be_wrong) {
  const temporary_file file;
  EXPECT_EXIT(run_with(file.path(), "64", 1), testing::ExitedWithCode(0), "^$");
  bool lost = false;
  for (const auto& s : read_trace_file(file.path()).slices()) lost = lost || s.name == "events lost";
  EXPECT_TRUE(lost);
  EXPECT_EXIT(run_with(file.path(), "many", 1), testing::ExitedWithCode(0),
              "^mn: MN_TRACE_EVENTS=many is not a number; it has no effect\n$");
  EXPECT_EXIT(run_with(file.path(), "3", 1), testing::ExitedWithCode(0),
              "^mn: a trace of 3 events for each worker; from 16 to 2.30 are possible; MN_TRACE has no effect on this "
              "runtime\n$");
}
