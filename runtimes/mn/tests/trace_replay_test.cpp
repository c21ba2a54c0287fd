// What a trace makes of records that a run seldom leaves: made by hand.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "on_cores.hpp"
#include "trace/show/replay.hpp"
#include "trace_reader.hpp"

using namespace mn::detail;

namespace {

constexpr char file[] = "src/here.cpp";

trace_record at(std::int64_t when, trace_kind kind, std::uint64_t task = 0) {
  return {
      .when_ns = when, .task = task, .where = to_word(file), .number = static_cast<std::uint32_t>(task), .kind = kind};
}
trace_record parks(std::int64_t when, std::uint64_t task, wait_reason why) {
  return {.when_ns = when,
          .task = task,
          .number = static_cast<std::uint32_t>(leave_reason::parked),
          .kind = trace_kind::left,
          .detail = why};
}
trace_record ends(std::int64_t when, std::uint64_t task) {
  return {.when_ns = when,
          .task = task,
          .number = static_cast<std::uint32_t>(leave_reason::ended),
          .kind = trace_kind::left};
}

trace_snapshot of(std::vector<std::vector<trace_record>> workers) {
  trace_snapshot all;
  all.began_ns = 1000;
  all.ended_ns = 2000;
  all.task_tracks = 100;
  for (auto& records : workers) {
    trace_lane& lane = all.lanes.emplace_back();
    lane.thread = 70 + static_cast<int>(all.lanes.size());
    lane.name = "mn worker " + std::to_string(all.lanes.size() - 1);
    lane.is_worker = true;
    lane.records = std::move(records);
  }
  return all;
}

read_trace play(const trace_snapshot& all) {
  const temporary_file to;
  const file_handle opened(std::fopen(to.path().c_str(), "wbe"));
  perfetto_writer writer(opened.get(), 1234, 1);
  replay(all, writer);
  EXPECT_EQ(writer.flush(), 0);
  auto read = read_trace_file(to.path());
  expect_well_formed(read);
  return read;
}

// "name from-to" of each slice of a track; "-" where it is open.
std::vector<std::string> shown(const read_trace& t, const std::string& track) {
  std::vector<std::string> all;
  for (const auto& s : t.slices()) {
    if (t.track_name(s.track) != track) continue;
    all.push_back(s.name + " " + std::to_string(s.began_ns) + "-" + (s.ended_ns < 0 ? "" : std::to_string(s.ended_ns)));
  }
  return all;
}

using lines = std::vector<std::string>;

}  // namespace

TEST(trace_replay, what_happens_in_one_moment_is_put_in_the_order_of_causes) {
  // Worker 1 parks task 5, worker 0 wakes it and worker 2 runs it, all in the same moment of a coarse clock.
  const auto t = play(of({{at(1100, trace_kind::runs, 6), at(1500, trace_kind::woken, 5), ends(1700, 6)},
                          {at(1100, trace_kind::runs, 5), parks(1500, 5, wait_reason::mutex)},
                          {at(1500, trace_kind::runs, 5), ends(1600, 5)}}));
  EXPECT_EQ(shown(t, "5 here.cpp:5"),
            (lines{"running 1100-1500", "parked: mutex 1500-1500", "ready 1500-1500", "running 1500-1600"}));
  const auto runs = t.runs();
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_EQ(runs[2].arrows_to, t.instants("wakes").at(0).arrows_from);
}

TEST(trace_replay, what_began_before_the_trace_is_shown_from_its_beginning) {
  const auto t = play(of({{at(1300, trace_kind::was_running, 5), at(1300, trace_kind::woken, 7), ends(1400, 5)},
                          {at(1350, trace_kind::awake)},
                          {at(1360, trace_kind::lingered)},
                          {at(900, trace_kind::runs, 8), ends(1010, 8)}}));
  EXPECT_EQ(shown(t, "mn worker 0"), lines{"here.cpp:5 1000-1400"});
  EXPECT_EQ(shown(t, "mn worker 1"), lines{"asleep 1000-1350"});
  EXPECT_EQ(shown(t, "mn worker 2"), lines{"lingers 1000-1360"});
  EXPECT_EQ(shown(t, "mn worker 3"), lines{"here.cpp:8 1000-1010"});
}

TEST(trace_replay, an_end_without_a_beginning_and_a_beginning_without_an_end_leave_the_rest_alone) {
  const auto t = play(of({{ends(1100, 5), at(1100, trace_kind::runs, 6), at(1200, trace_kind::was_running, 6),
                           at(1300, trace_kind::runs, 7), at(1400, trace_kind::asleep)}}));
  EXPECT_EQ(shown(t, "mn worker 0"), (lines{"here.cpp:6 1100-1300", "here.cpp:7 1300-1400", "asleep 1400-"}));
  EXPECT_EQ(shown(t, "6 here.cpp:6"), lines{"running 1100-"});
}

TEST(trace_replay, after_a_loss_the_workers_track_says_so_up_to_the_first_event_that_is_left) {
  auto all = of({{at(1600, trace_kind::woken, 9), ends(1700, 5), at(1700, trace_kind::runs, 9)}});
  all.lanes[0].lost = 12;
  const auto t = play(all);
  EXPECT_EQ(shown(t, "mn worker 0"), (lines{"events lost 1000-1600", "here.cpp:9 1700-"}));
  EXPECT_EQ(t.slices().at(0).arg("events lost"), "12");
  // Of task 5 nothing is left that would tell its place.
  EXPECT_TRUE(shown(t, "5 task 5").empty());
}

TEST(trace_replay, what_runs_after_a_loss_is_shown_as_soon_as_it_is_known) {
  auto all = of({{at(1500, trace_kind::woken, 9), at(1600, trace_kind::was_running, 5), ends(1700, 5)}});
  all.lanes[0].lost = 1;
  EXPECT_EQ(shown(play(all), "mn worker 0"), (lines{"events lost 1000-1500", "here.cpp:5 1600-1700"}));
}

TEST(trace_replay, a_worker_whose_thread_has_not_begun_has_a_track_too) {
  auto all = of({{}, {}});
  all.lanes[0].thread = all.lanes[1].thread = 0;
  const auto t = play(all);
  for (const char* worker : {"mn worker 0", "mn worker 1"}) {
    EXPECT_TRUE(shown(t, worker).empty());
    EXPECT_EQ(std::count_if(t.tracks.begin(), t.tracks.end(), [&](const auto& p) { return p.second.name == worker; }),
              1);
  }
}

TEST(trace_replay, a_worker_without_an_event_sleeps_or_does_not_switch) {
  auto all = of({{}, {}});
  all.lanes[1].asleep = true;
  const auto t = play(all);
  EXPECT_EQ(shown(t, "mn worker 0"), lines{"no switch 1000-"});
  EXPECT_EQ(shown(t, "mn worker 1"), lines{"asleep 1000-"});
}
