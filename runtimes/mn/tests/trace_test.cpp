#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "mn/this_task.hpp"
#include "on_cores.hpp"
#include "os/os.hpp"
#include "scheduler.hpp"
#include "seed.hpp"
#include "select_wait.hpp"
#include "trace/environment.hpp"
#include "trace_reader.hpp"
#include "worker.hpp"

using namespace std::chrono_literals;

namespace {

struct traced_run {
  read_trace trace;
  mn::trace_result result;
};

// Runs `f` as the root task with a trace around it, and checks the form of what comes out.
template <class F>
traced_run traced(unsigned cores, F f, mn::trace_options o = {}) {
  const temporary_file file;
  mn::runtime rt({.cores = cores});
  mn::trace t(rt, file.path(), o);
  rt.run(f);
  const auto result = t.stop();
  traced_run r{read_trace_file(file.path()), result};
  expect_well_formed(r.trace);
  if (result.lost == 0) expect_whole(r.trace);
  return r;
}

template <class F>
void traced_on_cores(F f) {
  for (unsigned cores : {1u, 2u, 4u}) {
    SCOPED_TRACE(testing::Message() << cores << " cores");
    f(cores);
  }
}

// Something of everything that tasks do.
void be_busy(int rounds) {
  mn::channel<int> direct, buffered(2), closed_at_end;
  mn::mutex m;
  mn::wait_group all;
  all.go([=] {
    for (int i = 0; i < rounds; ++i) direct.send(i);
    direct.close();
  });
  all.go([=] {
    for (int v : direct) buffered.send(v);
    buffered.close();
  });
  for (int k = 0; k < 3; ++k) {
    all.go([&, k] {
      bool open = true;
      while (open) {
        mn::select(mn::on_recv(buffered, [&](std::optional<int> v) { open = v.has_value(); }),
                   mn::on_recv(closed_at_end, [](std::optional<int>) {}), mn::after(200us, [] {}));
        m.lock();
        if (k == 0) mn::yield();
        m.unlock();
        mn::go([] { mn::yield(); });
      }
    });
  }
  all.go([=] {
    for (int i = 0; i < rounds / 10; ++i) mn::sleep_for(20us);
  });
  all.wait();
  closed_at_end.close();
}

/// A task that a test watches from outside.
class watched {
 public:
  /// Called by the task itself, before it blocks.
  void is_me() { task_ = mn::detail::current_worker()->current; }
  bool is_parked() const {
    const auto* t = task_.load();
    return t && t->state.load(std::memory_order_relaxed) == mn::detail::task_state::parked;
  }

 private:
  std::atomic<const mn::detail::task*> task_{nullptr};
};

}  // namespace

TEST(trace, every_run_of_every_task_is_there_and_every_task_ended) {
  traced_on_cores([](unsigned cores) {
    const auto r = traced(cores, [] { be_busy(300); });
    EXPECT_EQ(r.result.lost, 0u);
    EXPECT_GT(r.result.events, 1000u);
    std::set<std::string> tasks;
    for (const auto& run : r.trace.runs()) tasks.insert(run.arg("task"));
    EXPECT_EQ(tasks.size(), r.result.tasks);
    EXPECT_EQ(r.trace.instants("spawns").size(), r.result.tasks);
  });
}

TEST(trace, a_task_is_called_by_its_name_else_by_its_place) {
  const auto r = traced(1, [] {
    mn::wait_group wg;
    wg.go([] { mn::yield(); });
    static constexpr char name[] = "reads the configuration, \xc3\xa4nd then some more: more than sixty-f\xc3\xb6ur";
    wg.go([] {
      auto& me = *mn::detail::current_worker()->current;
      me.name = "short";
      mn::yield();
      me.name = name;
      mn::yield();
      me.name = nullptr;
    });
    wg.go([] { mn::this_task::set_name("never waits"); });
    wg.wait();
  });
  std::set<std::string> names;
  for (const auto& run : r.trace.runs()) {
    names.insert(run.name);
    EXPECT_NE(run.arg("spawned at").find("tests/trace_test.cpp:"), std::string::npos) << run.arg("spawned at");
  }
  ASSERT_EQ(names.size(), 4u);
  EXPECT_EQ(names.erase("never waits"), 1u);
  // The last name that it had, up to 64 bytes and no half of a character.
  EXPECT_TRUE(names.contains("reads the configuration, \xc3\xa4nd then some more: more than sixty-f"));
  names.erase("reads the configuration, \xc3\xa4nd then some more: more than sixty-f");
  for (const auto& name : names) EXPECT_TRUE(name.starts_with("trace_test.cpp:")) << name;
  bool own_track = false;
  for (const auto& [id, track] : r.trace.tracks) {
    own_track = own_track || track.name == "3 reads the configuration, \xc3\xa4nd then some more: more than sixty-f";
  }
  EXPECT_TRUE(own_track);
}

TEST(trace, a_run_says_why_it_ended_and_on_what_the_task_waits) {
  traced_on_cores([](unsigned cores) {
    std::atomic<const void*> channel{nullptr}, group{nullptr}, lock{nullptr};
    const auto r = traced(cores, [&] {
      mn::channel<int> ch, never;
      mn::mutex m;
      watched sender, locker, chooser;
      mn::wait_group wg;
      channel = &ch.core();
      group = &wg;
      lock = &m;
      m.lock();
      wg.go([&] {
        sender.is_me();
        ch.send(1);
      });
      wg.go([&] {
        locker.is_me();
        m.lock();
        m.unlock();
      });
      wg.go([&] {
        chooser.is_me();
        mn::select(mn::on_recv(never, [](auto) {}));
      });
      while (!sender.is_parked() || !locker.is_parked() || !chooser.is_parked()) mn::sleep_for(100us);
      (void)ch.recv();
      watched waits;
      waits.is_me();
      mn::go([&] {
        while (!waits.is_parked()) mn::sleep_for(100us);
        m.unlock();
        never.close();
      });
      wg.wait();
    });
    const auto hexadecimal = [](const void* p) {
      char text[32];
      std::snprintf(text, sizeof text, "0x%zx", reinterpret_cast<std::size_t>(p));
      return std::string(text);
    };
    std::map<std::string, std::set<std::string>> ends;
    for (const auto& run : r.trace.runs()) ends[run.arg("ends")].insert(run.arg("waits on"));
    EXPECT_EQ(ends["parked: channel send"], std::set{hexadecimal(channel)});
    EXPECT_EQ(ends["parked: wait group"], std::set{hexadecimal(group)});
    EXPECT_EQ(ends["parked: mutex"], std::set{hexadecimal(lock)});
    EXPECT_EQ(ends["parked: select"], std::set<std::string>{""});
    EXPECT_EQ(ends["parked: sleep"], std::set<std::string>{""});
    EXPECT_TRUE(ends.contains("ended"));
    // The same on the tasks' own tracks.
    std::set<std::string> shown;
    for (const auto& s : r.trace.slices()) {
      const auto parent = r.trace.tracks.at(s.track).parent;
      if (parent != 0 && r.trace.is_called(parent, "tasks")) shown.insert(s.name);
    }
    for (const char* what : {"ready", "running", "parked: channel send", "parked: select", "parked: sleep"}) {
      EXPECT_TRUE(shown.contains(what)) << what;
    }
  });
}

TEST(trace, a_task_that_gives_way_says_so_and_goes_on_without_an_arrow) {
  const auto r = traced(1, [] {
    mn::go([] { mn::yield(); });
    mn::yield();
  });
  int gave_way = 0, without_arrow = 0;
  for (const auto& run : r.trace.runs()) {
    gave_way += run.arg("ends") == "gave way";
    without_arrow += run.arrows_to.empty();
  }
  EXPECT_EQ(gave_way, 2);
  EXPECT_EQ(without_arrow, 2);
}

TEST(trace, an_arrow_leads_from_the_waker_to_the_woken) {
  const auto r = traced(1, [] {
    mn::channel<int> ch;
    mn::go([=] { (void)ch.recv(); });
    mn::yield();  // it waits now
    ch.send(1);
    mn::yield();
  });
  const auto wakes = r.trace.instants("wakes");
  ASSERT_EQ(wakes.size(), 1u);
  EXPECT_EQ(wakes[0].arg("was"), "parked: channel receive");
  ASSERT_EQ(wakes[0].arrows_from.size(), 1u);
  const trace_slice* waker = nullptr;
  const trace_slice* woken = nullptr;
  const auto runs = r.trace.runs();
  for (const auto& run : runs) {
    if (run.track == wakes[0].track && run.began_ns <= wakes[0].when_ns && wakes[0].when_ns <= run.ended_ns)
      waker = &run;
    if (run.arrows_to == wakes[0].arrows_from) woken = &run;
  }
  ASSERT_TRUE(waker && woken);
  EXPECT_EQ(woken->arg("task"), wakes[0].arg("task"));
  EXPECT_NE(waker->arg("task"), woken->arg("task"));
}

TEST(trace, sleeping_tasks_are_woken_by_timers_and_idle_workers_sleep) {
  traced_on_cores([](unsigned cores) {
    const auto r = traced(cores, [] { mn::sleep_for(100ms); });
    const auto timers = r.trace.instants("timers fired");
    ASSERT_EQ(timers.size(), 1u);
    EXPECT_EQ(timers[0].arg("timers"), "1");
    const auto wakes = r.trace.instants("timer wakes");
    ASSERT_EQ(wakes.size(), 1u);
    EXPECT_EQ(wakes[0].track, timers[0].track);
    EXPECT_EQ(wakes[0].arg("was"), "parked: sleep");
    EXPECT_TRUE(r.trace.instants("wakes").empty());
    bool until_deadline = false;
    for (const auto& s : r.trace.slices()) {
      if (s.name == "asleep" && s.arg("until") == "a deadline or work") until_deadline = true;
    }
    EXPECT_TRUE(until_deadline);
    // There were too few choices for a look at the clock: these were noted before the worker went to sleep.
    for (const char* counter : {"tasks alive", "tasks parked"}) {
      const auto counts = r.trace.counts(counter);
      EXPECT_NE(std::find(counts.begin(), counts.end(), 1), counts.end()) << counter;
    }
  });
}

TEST(trace, a_steal_says_how_many_tasks_and_from_whom) {
  // The spawner never gives way, so its queue is opened and another worker takes from it; or, where that one gets no
  // CPU for long, the monitor does, and it is tried again.
  for (bool seen = false; !seen;) {
    std::uint64_t stolen = 0;
    const auto r = traced(2, [&] {
      auto& home = mn::detail::current_worker()->home;
      while (home.idle.count() == 0) mn::yield();
      std::atomic<int> ran{0};
      for (int i = 0; i < 100; ++i) mn::go([&] { ++ran; });
      while (ran < 100) {
      }
      stolen = home.stats().steals;
    });
    std::uint64_t tasks = 0;
    for (const auto& s : r.trace.instants("steals")) {
      seen = true;
      tasks += std::stoull(s.arg("tasks"));
      const auto thief = r.trace.track_name(s.track);
      EXPECT_TRUE(thief.starts_with("mn worker ")) << thief;  // a spare, perhaps
      EXPECT_NE(thief, "mn worker " + s.arg("from worker"));
    }
    EXPECT_EQ(tasks, stolen);
  }
}

TEST(trace, the_counters_show_what_is_alive_ready_and_parked) {
  // The monitor takes the queue away from a worker that gets no CPU for long: then it is tried again.
  for (bool seen = false; !seen;) {
    constexpr int tasks = scaled(1000);
    std::vector<watched> watch(tasks);
    const auto r = traced(1, [&] {
      mn::wait_group all;
      mn::channel<int> gate;
      for (auto& w : watch) {
        all.go([&, gate] {
          w.is_me();
          (void)gate.recv();
        });
      }
      for (const auto& w : watch) {
        while (!w.is_parked()) mn::yield();
      }
      for (int i = 0; i < 50; ++i) mn::sleep_for(1ms);  // all of them wait, and so does this one; the worker notes it
      gate.close();
      all.wait();
    });
    const auto most = [&](const char* counter) {
      const auto counts = r.trace.counts(counter);
      return counts.empty() ? -1 : *std::max_element(counts.begin(), counts.end());
    };
    EXPECT_EQ(most("tasks alive"), tasks + 1);
    EXPECT_EQ(most("tasks parked"), tasks + 1);
    EXPECT_GE(most("tasks ready"), 32);  // the clock is looked at, and the counters noted, at least every 32 wake-ups
    EXPECT_LE(most("tasks ready"), tasks + 1);
    seen = most("queue of worker 0") >= 32;
    for (const char* counter : {"tasks alive", "tasks ready", "tasks parked", "queue of worker 0"}) {
      ASSERT_FALSE(r.trace.counts(counter).empty());
      EXPECT_EQ(r.trace.counts(counter).back(), 0) << counter;
    }
  }
}

TEST(trace, events_of_plain_threads_stand_on_tracks_of_their_own) {
  const temporary_file file;
  mn::runtime rt({.cores = 2});
  mn::trace t(rt, file.path());
  std::int64_t number = 0;
  rt.run([&] {
    mn::channel<int> ch;
    watched receiver;
    std::thread plain([&] {
      mn::os::name_thread("a plain one");
      number = mn::os::thread_id();
      while (!receiver.is_parked()) std::this_thread::yield();
      ch.send(1);
      rt.go([&] { ch.send(2); });
    });
    receiver.is_me();
    (void)ch.recv();
    (void)ch.recv();
    plain.join();
  });
  t.stop();
  const auto trace = read_trace_file(file.path());
  expect_well_formed(trace);
  expect_whole(trace);
  for (const char* what : {"spawns", "wakes"}) {
    int events = 0;
    for (const auto& e : trace.instants(what)) {
      const auto& track = trace.tracks.at(e.track);
      if (track.name != "a plain one") continue;
      EXPECT_EQ(track.thread, number);
      ++events;
    }
    EXPECT_EQ(events, 1) << what;
  }
}

TEST(trace, a_wake_up_from_outside_is_recorded_before_the_run_that_it_causes) {
  constexpr int values = 100;
  const auto r = traced(1, [] {
    mn::channel<int> there, back;
    std::thread plain([=] {
      for (int i = 0; i < values; ++i) {
        if (i < 5) std::this_thread::sleep_for(5ms);  // the receiver has long been parked
        there.send(i);
        (void)back.recv();
      }
    });
    std::atomic<bool> done{false};
    mn::go([&] {
      for (int i = 0; i < values; ++i) {
        (void)there.recv();
        back.send(i);
      }
      done = true;
    });
    while (!done) mn::yield();  // so that the worker takes up at once what comes from outside
    plain.join();
  });
  EXPECT_FALSE(r.trace.instants("wakes").empty());
}

TEST(trace, a_select_whose_case_was_won_before_it_parked_is_woken_by_nobody) {
  const auto r = traced(1, [] {
    mn::detail::select_claim claim;
    claim.state = mn::detail::claim_state::claimed;  // as if somebody had won a case while it was registering
    mn::detail::thread_parker none;
    (void)mn::detail::park_select(mn::detail::current_worker()->current, none, claim, -1);
  });
  EXPECT_TRUE(r.trace.instants("wakes").empty());
  const auto runs = r.trace.runs();
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].arg("ends"), "parked: select");
  EXPECT_TRUE(runs[1].arrows_to.empty());
}

TEST(trace, a_call_that_blocks_its_thread_is_shown_and_the_spare_that_takes_over) {
  const auto r = traced(1, [] {
    std::atomic<bool> other_ran{false};
    mn::go([&] { other_ran = true; });
    mn::blocking([&] {
      while (!other_ran) std::this_thread::yield();
    });
  });
  ASSERT_EQ(r.trace.instants("blocks its thread").size(), 1u);
  ASSERT_EQ(r.trace.instants("has its thread back").size(), 1u);
  const auto sent = r.trace.instants("sends a spare");
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].arg("worker"), "1");
  std::set<std::string> workers;
  for (const auto& run : r.trace.runs()) workers.insert(r.trace.track_name(run.track));
  EXPECT_EQ(workers, (std::set<std::string>{"mn worker 0", "mn worker 1"}));
}

TEST(trace, a_worker_that_retires_in_the_midst_of_tasks_leaves_none_behind) {
  const auto r = traced(1, [] {
    for (int round = 0; round < 4; ++round) {
      std::atomic<bool> back{false};
      mn::wait_group busy;
      for (int i = 0; i < 3; ++i) {
        busy.go([&] {
          while (!back) mn::yield();  // so that the spare is not asleep when there is one worker too many
        });
      }
      mn::blocking([] { std::this_thread::sleep_for(50us); });
      mn::yield();
      back = true;
      busy.wait();
    }
  });
  bool retired = false;
  for (const auto& s : r.trace.slices()) retired = retired || s.name == "retired";
  EXPECT_TRUE(retired || r.result.lost > 0);
}

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
        for (const auto& run : trace.runs()) EXPECT_NE(run.name.find("trace_test.cpp:"), std::string::npos) << run.name;
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
