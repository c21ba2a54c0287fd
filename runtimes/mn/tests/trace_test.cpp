#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "mn/this_task.hpp"
#include "os/os.hpp"
#include "scheduler.hpp"
#include "select_wait.hpp"
#include "traced.hpp"
#include "worker.hpp"

using namespace std::chrono_literals;

namespace {

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
  // The monitor takes the queue away from a worker that gets no CPU for long, and a spare may take it up: then each may
  // have noted the same tasks as its own, at different moments, and it is tried again.
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
    if (!r.trace.counts("queue of worker 1").empty()) continue;
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
