// The protocol, in this process, and the arithmetic of a measurement.
#include "load/trial/session.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>

#include "available.hpp"
#include "children.hpp"
#include "load/trial/misconfigured.hpp"
#include "load/trial/wrk.hpp"
#include "sleeper.hpp"
#include "small_server.hpp"
#include "support/text.hpp"

using namespace std::chrono_literals;
using namespace threadmark::load;

namespace {

const measure_settings quick{.capacity_warm_up = 20ms,
                             .capacity_window = 100ms,
                             .capacity_patience = 500ms,
                             .warm_up = 20ms,
                             .duration = 100ms,
                             .patience = 2s};

/// All answers to all requests.
std::string answers(const std::string& requests, const measure_settings& settings = quick) {
  std::array<int, 2> in, out;
  if (pipe(in.data()) != 0 || pipe(out.data()) != 0) std::abort();
  (void)!write(in[1], requests.data(), requests.size());
  close(in[1]);
  serve_requests(in[0], out[1], settings, {});
  close(in[0]);
  close(out[1]);
  std::string all;
  std::array<char, 4096> buffer;
  for (ssize_t n; (n = read(out[0], buffer.data(), buffer.size())) > 0;)
    all.append(buffer.data(), static_cast<std::size_t>(n));
  close(out[0]);
  return all;
}

/// The metrics of an answer that is ok.
std::map<std::string, double> metrics(const std::string& answer) {
  std::map<std::string, double> all;
  for (const auto& line : threadmark::conductor::split(answer, '\n')) {
    const auto words = threadmark::conductor::split(line, ' ');
    if (words.size() == 3 && words[0] == "metric") all[words[1]] = std::stod(words[2]);
  }
  EXPECT_TRUE(answer.ends_with("\nok\n")) << answer;
  return all;
}

std::string measure_line(const small_server& server, int connections) {
  return fmt::format("measure {} {} {} / 100\n", getpid(), server.port(), connections);
}

}  // namespace

TEST(session, answers_what_it_does_not_understand_with_what_is_known) {
  EXPECT_EQ(answers("load 1\n"), "misconfigured: unknown request 'load'; known: measure, hold, release\n");
  EXPECT_EQ(answers("\n"), "misconfigured: unknown request ''; known: measure, hold, release\n");
  EXPECT_EQ(
      answers("measure 1 80 10\n"),
      "misconfigured: 'measure 1 80 10' is no request of the form 'measure PID PORT CONNECTIONS PATH SHARE_PERCENT'\n");
  EXPECT_EQ(answers("hold 80\n"), "misconfigured: 'hold 80' is no request of the form 'hold PORT CONNECTIONS'\n");
  EXPECT_EQ(answers("hold 65536 1\n"), "misconfigured: PORT is a number from 1 to 65535, not '65536'\n");
  EXPECT_EQ(answers("hold 80 0\n"), "misconfigured: CONNECTIONS is a number from 1 to 1000000, not '0'\n");
  EXPECT_EQ(answers("measure 1 80 1 work 100\n"), "misconfigured: PATH begins with /, not 'work'\n");
  for (const char* share : {"0", "101", "x", "-5", ""})
    EXPECT_TRUE(answers(fmt::format("measure 1 80 1 / {}\n", share)).starts_with("misconfigured: ")) << share;
}

TEST(session, goes_on_after_each_and_takes_the_last_line_as_it_is) {
  EXPECT_EQ(answers("release\nx\nrelease"),
            "ok\nmisconfigured: unknown request 'x'; known: measure, hold, release\nok\n");
  EXPECT_EQ(answers(""), "");
}

TEST(session, says_that_there_is_no_such_process) {
  const auto gone = sleeper().pid();
  EXPECT_EQ(answers(fmt::format("measure {} 80 1 / 100\n", gone)),
            fmt::format("misconfigured: there is no process {}: No such process\n", gone));
}

TEST(session, holds_connections_until_they_are_released) {
  small_server server([](int) { return good; });
  const auto hold = fmt::format("hold {} 5\n", server.port());
  EXPECT_EQ(answers(hold + hold + "release\n" + hold),
            "ok\nmisconfigured: 5 connections are held already: release them first\nok\nok\n");
  EXPECT_EQ(server.connections(), 10);
  EXPECT_EQ(server.requests(), 10);
}

TEST(session, says_which_limit_a_hold_has_hit) {
  const auto port = small_server([](int) { return good; }).port();
  const auto text = answers(fmt::format("hold {} 1\n", port));
  EXPECT_TRUE(text.starts_with("limit: connect: Connection refused at connection 1")) << text;
}

TEST(session, measures_and_leaves_nothing_behind) {
  if (!why_no_wrk().empty()) GTEST_SKIP() << "wrk is not installed";
  small_server server([](int) { return good; });
  const auto all = metrics(answers(measure_line(server, 3)));
  for (const char* name : {"requests_per_s", "cpu_us_per_request", "at50_p50_us", "at50_p99_us", "at50_p999_us",
                           "at75_p50_us", "at75_p99_us", "at75_p999_us", "at90_p50_us", "at90_p99_us", "at90_p999_us",
                           "errors", "server_cpu_percent", "client_cpu_percent", "client_lag_p99_us", "answered"})
    EXPECT_EQ(all.count(name), 1u) << name;
  EXPECT_EQ(all.size(), 16u);
  EXPECT_GT(all.at("requests_per_s"), 0);
  EXPECT_GT(all.at("cpu_us_per_request"), 0);
  EXPECT_LE(all.at("answered"), server.requests());
  EXPECT_GE(all.at("answered") + all.at("errors"), server.requests() - 3);  // wrk's last, one on each connection
  EXPECT_TRUE(children_of(getpid()).empty());
}

TEST(session, counts_what_a_server_breaks_and_goes_on) {
  if (!why_no_wrk().empty()) GTEST_SKIP() << "wrk is not installed";
  small_server server([](int number) -> std::string {
    if (number % 20 == 7) return "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n";
    return good;
  });
  const auto all = metrics(answers(measure_line(server, 30)));
  // Of every twenty one, and a few warm up the open loop and are not counted.
  EXPECT_GE(all.at("errors"), server.requests() / 40);
  EXPECT_LE(all.at("answered"), server.requests());
}

TEST(session, a_server_that_answers_nothing_is_a_limit) {
  if (!why_no_wrk().empty()) GTEST_SKIP() << "wrk is not installed";
  std::atomic<bool> enough{false};
  small_server server([&](int) {
    while (!enough) std::this_thread::sleep_for(1ms);
    return good;
  });
  const auto text = answers(measure_line(server, 2));
  enough = true;
  EXPECT_TRUE(text.starts_with("limit: no request was answered in the 0.")) << text;
  EXPECT_TRUE(children_of(getpid()).empty());
}

TEST(session, a_server_that_ends_ends_the_measurement) {
  if (!why_no_wrk().empty()) GTEST_SKIP() << "wrk is not installed";
  small_server server([](int) { return good; });
  sleeper process;  // as if it were the server's
  const auto settings = measure_settings{.capacity_patience = 1h};
  std::thread ends([&] {
    std::this_thread::sleep_for(100ms);
    kill(process.pid(), SIGKILL);
  });
  const auto text = answers(fmt::format("measure {} {} 2 / 100\n", process.pid(), server.port()), settings);
  ends.join();
  EXPECT_EQ(text, "limit: the server has ended\n");
  EXPECT_EQ(children_of(getpid()).size(), 1u);  // the other, which has not been waited for
}

TEST(session, without_wrk_is_misconfigured) {
  const char* found = std::getenv("PATH");
  const std::string path = found != nullptr ? found : "";
  setenv("PATH", "/nowhere", 1);
  small_server server([](int) { return good; });
  EXPECT_EQ(answers(measure_line(server, 1)), "misconfigured: wrk is not installed (make setup)\n");
  setenv("PATH", path.c_str(), 1);
}

TEST(metrics, are_of_the_window_of_the_capacity_and_of_all_that_was_due) {
  capacity_result c{.seconds = 2, .requests = 1000, .server_cpu_s = 0.5, .client_cpu_s = 0.4, .taken_cpu_s = 1};
  c.all = {.requests = 1400, .bytes = 1, .connect = 1, .read = 2, .write = 3, .status = 4, .timeout = 5};
  std::vector<phase> phases{{50, {}}, {90, {}}};
  phases[0].result = {
      .latency_ns = {3000, 1000, 2000}, .lag_ns = {50, 7000}, .due = 3, .answered = 5, .client_load = 0.1};
  phases[1].result = {.latency_ns = {1000},
                      .lost_ns = {5'000'000, 4'000'000},
                      .due = 3,
                      .errors = 1,
                      .unanswered = 1,
                      .answered = 1,
                      .client_load = 0.3};
  std::map<std::string, double> all;
  for (const auto& [name, value] : metrics_of(c, phases, 1, {.answered = 10, .errors = 20})) all[name] = value;
  const std::map<std::string, double> expected{
      {"requests_per_s", 500},    {"cpu_us_per_request", 500}, {"at50_p50_us", 2},         {"at50_p99_us", 3},
      {"at50_p999_us", 3},        {"at90_p50_us", 4000},       {"at90_p99_us", 5000},      {"at90_p999_us", 5000},
      {"errors", 15 + 2 + 20},    {"server_cpu_percent", 50},  {"client_cpu_percent", 30}, {"client_lag_p99_us", 7},
      {"answered", 1400 + 6 + 10}};
  EXPECT_EQ(all, expected);
}

TEST(metrics, of_a_load_that_nothing_was_answered_of_are_a_limit) {
  const capacity_result c{.seconds = 2, .requests = 1000};
  std::vector<phase> phases{{50, {}}};
  phases[0].result.due = 70;
  try {
    metrics_of(c, phases, 1, {});
    ADD_FAILURE();
  } catch (const load_error& e) {
    EXPECT_STREQ(e.what(), "no request was answered well at 50 % of its capacity, of 70");
  }
}
