// The client against a small server of threads.
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "load/answer.hpp"
#include "load/hold.hpp"
#include "load/open_loop.hpp"
#include "load/report.hpp"
#include "small_server.hpp"

using namespace std::chrono_literals;
using namespace threadmark::load;

namespace {

double ms(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

}  // namespace

TEST(answer, is_found_complete_wherever_it_is_cut) {
  for (std::size_t cut = 1; cut < good.size(); ++cut) {
    answer a;
    for (int again = 0; again < 2; ++again) {
      EXPECT_EQ(a.take(good.substr(0, cut)), answer::state::more) << cut;
      EXPECT_EQ(a.take(good.substr(cut)), answer::state::complete) << cut;
    }
  }
  answer a;
  for (std::size_t i = 0; i + 1 < good.size(); ++i) EXPECT_EQ(a.take(good.substr(i, 1)), answer::state::more) << i;
  EXPECT_EQ(a.take("o"), answer::state::complete);
  EXPECT_EQ(answer().take("HTTP/1.1 200 OK\r\ncOnTent-length:0\r\nX: y\r\n\r\n"), answer::state::complete);
}

TEST(answer, that_is_none_is_bad) {
  EXPECT_EQ(answer().take("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), answer::state::bad);
  EXPECT_EQ(answer().take("HTTP/1.1 200 OK\r\n\r\n"), answer::state::bad);
  EXPECT_EQ(answer().take("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), answer::state::bad);
  EXPECT_EQ(answer().take(good + "more"), answer::state::bad);
  EXPECT_EQ(answer().take(std::string(20'000, 'x')), answer::state::bad);
}

TEST(target, is_an_address_and_a_port) {
  EXPECT_EQ(target::parse("127.0.0.1:80").to_string(), "127.0.0.1:80");
  for (const char* text :
       {"", "127.0.0.1", "localhost:80", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:8x"})
    EXPECT_THROW((void)target::parse(text), load_error) << text;
}

TEST(open_loop, sends_what_is_due_and_no_more) {
  small_server server([](int) { return good; });
  const auto r = run_open_loop(server.to(), {.connections = 4, .rate = 500, .warm_up = 100ms, .duration = 400ms});
  EXPECT_EQ(r.due, 200u);
  EXPECT_EQ(r.latency_ns.size(), 200u);
  EXPECT_EQ(server.requests(), 250);  // and those of the warm-up
  EXPECT_EQ(r.errors + r.unanswered, 0u);
  EXPECT_GE(r.seconds, 0.4);
  EXPECT_GT(r.client_cpu_seconds, 0);
}

// What a closed loop would leave out: all that was due while the server stood still.
TEST(open_loop, a_server_that_stands_still_is_charged_with_all_that_was_due_meanwhile) {
  small_server server([](int number) {
    if (number == 100) std::this_thread::sleep_for(300ms);
    return good;
  });
  auto r = run_open_loop(server.to(), {.connections = 1, .rate = 500, .warm_up = 0ms, .duration = 1s});
  ASSERT_EQ(r.latency_ns.size(), 500u);
  // In 300 ms 150 requests were due, which waited for 300 ms down to nothing.
  const auto late = std::ranges::count_if(r.latency_ns, [](std::uint64_t ns) { return ms(ns) > 50; });
  EXPECT_GE(late, 120);
  EXPECT_GE(r.waited, 120u);
  EXPECT_GE(ms(std::ranges::max(r.latency_ns)), 300);
}

TEST(open_loop, what_takes_longer_than_32_bits_of_nanoseconds_is_counted_whole) {
  small_server server([](int number) {
    if (number == 0) std::this_thread::sleep_for(4500ms);
    return good;
  });
  const auto r =
      run_open_loop(server.to(), {.connections = 1, .rate = 10, .warm_up = 0ms, .duration = 100ms, .patience = 10s});
  ASSERT_EQ(r.latency_ns.size(), 1u);
  EXPECT_GE(ms(r.latency_ns[0]), 4500);
}

TEST(open_loop, what_is_slow_holds_up_no_other_connection) {
  small_server server([](int number) {
    if (number == 10) std::this_thread::sleep_for(200ms);
    return good;
  });
  const auto r = run_open_loop(server.to(), {.connections = 8, .rate = 200, .warm_up = 0ms, .duration = 500ms});
  EXPECT_EQ(r.latency_ns.size(), 100u);
  EXPECT_EQ(r.waited, 0u);
  EXPECT_EQ(std::ranges::count_if(r.latency_ns, [](std::uint64_t ns) { return ms(ns) > 199; }), 1);
}

TEST(open_loop, counts_what_goes_wrong_and_goes_on) {
  small_server server([](int number) -> std::string {
    if (number % 50 == 10) return "";  // hangs up
    if (number % 50 == 20) return "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n";
    return good;
  });
  const auto r = run_open_loop(server.to(), {.connections = 3, .rate = 500, .warm_up = 0ms, .duration = 400ms});
  EXPECT_EQ(r.due, 200u);
  EXPECT_EQ(r.errors, 8u);
  EXPECT_EQ(r.latency_ns.size(), 192u);
}

// What wants to connect while the backlog is full is not told so, and tries again after a second.
TEST(open_loop, a_connection_that_cannot_be_made_anew_holds_up_no_other) {
  const auto after_two = [](int number) {
    if (number >= 2) std::this_thread::sleep_for(1500ms);
  };
  small_server server([](int number) { return number == 20 ? "" : good; }, after_two, 0);
  auto connections = hold(server.to(), 2);
  const auto waits = connect_to(server.to(), 2);
  const auto r = run_open_loop(server.to(), {.rate = 200, .warm_up = 0ms, .duration = 300ms, .patience = 100ms},
                               connections, 0, {});
  EXPECT_EQ(r.due, 60u);
  EXPECT_EQ(r.errors, 1u);
  EXPECT_EQ(r.unanswered, 0u);
  EXPECT_EQ(r.latency_ns.size(), 59u);
}

TEST(open_loop, says_what_was_never_answered) {
  std::atomic<bool> enough{false};
  small_server server([&](int number) {
    while (number >= 20 && !enough) std::this_thread::sleep_for(1ms);
    return good;
  });
  const auto r =
      run_open_loop(server.to(), {.connections = 2, .rate = 100, .warm_up = 0ms, .duration = 300ms, .patience = 50ms});
  enough = true;
  EXPECT_EQ(r.due, 30u);
  EXPECT_EQ(r.latency_ns.size(), 20u);
  EXPECT_EQ(r.unanswered, 10u);
  // Each was due before the end of the 300 ms, of the 50 ms of patience: the last at 290.
  ASSERT_EQ(r.lost_ns.size(), 10u);
  EXPECT_GE(ms(std::ranges::min(r.lost_ns)), 60);
  EXPECT_LE(ms(std::ranges::max(r.lost_ns)), 350);
}

TEST(open_loop, what_is_answered_badly_is_lost_until_the_end_of_the_patience) {
  small_server server([](int number) { return number == 5 ? "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n" : good; });
  const auto r =
      run_open_loop(server.to(), {.connections = 1, .rate = 100, .warm_up = 20ms, .duration = 100ms, .patience = 1s});
  EXPECT_EQ(r.errors, 1u);
  EXPECT_EQ(r.answered, 11u);  // two in the warm-up
  EXPECT_EQ(r.latency_ns.size(), 9u);
  ASSERT_EQ(r.lost_ns.size(), 1u);
  EXPECT_EQ(r.lost_ns[0], 1'070'000'000u);  // due at 50 ms of 120 ms and the patience
}

TEST(open_loop, goes_on_over_connections_that_are_there_and_makes_anew_what_is_still_busy) {
  std::atomic<bool> enough{false};
  small_server server([&](int number) {
    while (number == 12 && !enough) std::this_thread::sleep_for(1ms);
    return good;
  });
  auto connections = hold(server.to(), 2);
  const open_loop_settings s{.rate = 100, .warm_up = 0ms, .duration = 300ms, .patience = 50ms};
  const auto first = run_open_loop(server.to(), s, connections, 0, {});
  EXPECT_EQ(first.unanswered, 1u);
  const auto second = run_open_loop(server.to(), s, connections, 0, {});
  enough = true;
  EXPECT_EQ(second.latency_ns.size(), 30u);
  EXPECT_EQ(second.errors + second.unanswered, 0u);
  EXPECT_EQ(server.connections(), 3);
}

TEST(open_loop, ends_when_the_server_has_ended) {
  small_server server([](int) { return good; });
  auto connections = hold(server.to(), 1);
  const socket_handle ended(eventfd(1, EFD_CLOEXEC));  // readable, as a pidfd is then
  EXPECT_THROW(run_open_loop(server.to(), {.duration = 1h}, connections, 0, {.server = ended.get()}), load_error);
}

TEST(open_loop, says_that_nobody_listens) {
  const target nobody = [] { return small_server([](int) { return good; }).to(); }();
  EXPECT_THROW(run_open_loop(nobody, {}), load_error);
}

TEST(hold, asks_once_over_each) {
  small_server server([](int) { return good; });
  const auto held = hold(server.to(), 20);
  EXPECT_EQ(held.size(), 20u);
  EXPECT_EQ(server.requests(), 20);
}

TEST(report, has_the_percentiles_of_the_latencies) {
  open_loop_result r;
  for (std::uint32_t i = 1; i <= 1000; ++i) r.latency_ns.push_back(i * 1000);
  std::ranges::reverse(r.latency_ns);
  r.seconds = 2;
  const auto all = nlohmann::json::parse(report({.connections = 7}, r));
  EXPECT_EQ(all["latency_us"]["p50"], 500.0);
  EXPECT_EQ(all["latency_us"]["p99"], 990.0);
  EXPECT_EQ(all["latency_us"]["p999"], 999.0);
  EXPECT_EQ(all["latency_us"]["max"], 1000.0);
  EXPECT_EQ(all["requests_per_s"], 500.0);
  EXPECT_EQ(all["connections"], 7);
  EXPECT_TRUE(all["client_lag_us"]["p50"].is_null());
}
