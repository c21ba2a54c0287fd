// How single tasks are put into words, and what can be read while they change.
#include "report.hpp"

#include <atomic>
#include <string>
#include <thread>

#include "on_cores.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

using mn::detail::task_state;
using mn::detail::task_view;
using mn::detail::text_out;
using mn::detail::wait_reason;

namespace {

std::string text_of(const task_view& v) {
  std::string text;
  {
    text_out out(mn::detail::to_string, &text);
    mn::detail::print(v, out);
  }
  return text;
}

task_view view(task_state state, wait_reason why) {
  task_view v;
  v.id = 17;
  v.file = "main.cpp";
  v.line = 42;
  v.state = state;
  v.why = why;
  return v;
}

}  // namespace

TEST(report, says_what_a_task_waits_on_and_for_how_long) {
  auto v = view(task_state::parked, wait_reason::channel_receive);
  std::string("fetcher").copy(v.name.data(), v.name.size());
  v.on = reinterpret_cast<const void*>(0x55d0);
  v.waited_ms = 2'149;
  EXPECT_EQ(text_of(v), "task 17 \"fetcher\" [channel receive at 0x55d0, 2.1 s] spawned at main.cpp:42");
  v.waited_ms = 999;
  v.on = nullptr;
  EXPECT_EQ(text_of(v), "task 17 \"fetcher\" [channel receive, 999 ms] spawned at main.cpp:42");
  v.waited_ms = 25 * 60'000;
  v.name[0] = '\0';
  EXPECT_EQ(text_of(v), "task 17 [channel receive, 25 min] spawned at main.cpp:42");
}

TEST(report, says_what_a_task_does_that_does_not_wait) {
  EXPECT_EQ(text_of(view(task_state::fresh, wait_reason::nothing)), "task 17 [not started] spawned at main.cpp:42");
  EXPECT_EQ(text_of(view(task_state::ready, wait_reason::nothing)), "task 17 [ready] spawned at main.cpp:42");
  EXPECT_EQ(text_of(view(task_state::running, wait_reason::nothing)), "task 17 [running] spawned at main.cpp:42");
  EXPECT_EQ(text_of(view(task_state::running, wait_reason::blocking)),
            "task 17 [blocking call, 0 ms] spawned at main.cpp:42");
}

TEST(report, every_reason_has_words) {
  for (int why = 0; why <= static_cast<int>(wait_reason::runtime); ++why) {
    const auto text = text_of(view(task_state::parked, static_cast<wait_reason>(why)));
    EXPECT_EQ(text.find("unknown"), std::string::npos) << text;
  }
}

// Each kind of task is spawned at a line of its own and is never seen at another, whatever happens meanwhile to the
// block.
TEST(report, a_look_at_a_task_never_mixes_it_with_the_one_before) {
  mn::detail::scheduler s({.cores = 2});
  std::atomic<bool> stop{false};
  const auto spawn = [&](std::uint32_t kind) {
    mn::detail::task* t = mn::detail::make_task(mn::detail::acquire_task(), [] {});
    mn::detail::submit(*t, kind ? std::source_location::current() : std::source_location{});
  };
  mn::detail::submit(*mn::detail::make_task(mn::detail::acquire_task(s),
                                            [&] {
                                              for (std::uint32_t i = 0; !stop; ++i) {
                                                spawn(i % 2);
                                                mn::yield();
                                              }
                                            }),
                     std::source_location::current());
  long looks = 0, seen = 0;
  while (seen < scaled(5000) && looks < 100'000) {
    ++looks;
    s.blocks.each([&](const mn::detail::task& t) {
      task_view v;
      if (!mn::detail::look_at(t, 0, v)) return;
      ++seen;
      const bool nowhere = std::string(v.file).empty();
      ASSERT_EQ(nowhere, v.line == 0);
    });
  }
  stop = true;
  s.wait_until_quiet();
}
