// wrk: what it says, and that what is counted of it in a window is what the server has answered in that.
#include "load/trial/wrk.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include "available.hpp"
#include "children.hpp"
#include "load/trial/capacity.hpp"
#include "load/trial/misconfigured.hpp"
#include "sleeper.hpp"
#include "small_server.hpp"

using namespace std::chrono_literals;
using namespace threadmark::load;

namespace {

// Recorded: wrk 4.1.0 with 1,000 connections to a server that broke them off now and then.
const std::string with_errors = R"(Running 60m test @ http://127.0.0.1:18084/
  1 threads and 1000 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     6.68ms    3.22ms  21.39ms   66.81%
    Req/Sec    98.80k    14.16k  115.93k    75.00%
  201258 requests in 2.08s, 9.98MB read
  Socket errors: connect 1, read 20, write 3, timeout 4
  Non-2xx or 3xx responses: 50
Requests/sec:  96738.56
Transfer/sec:      4.80MB
threadmark: requests 201258 bytes 10465416 connect 1 read 20 write 3 status 50 timeout 4
)";

}  // namespace

TEST(wrk_output, is_read_from_the_line_of_the_script) {
  const auto t = parse_wrk(with_errors).value_or(wrk_totals{});
  EXPECT_EQ(t.requests, 201'258u);
  EXPECT_EQ(t.bytes, 10'465'416u);
  EXPECT_EQ(t.connect, 1u);
  EXPECT_EQ(t.read, 20u);
  EXPECT_EQ(t.write, 3u);
  EXPECT_EQ(t.status, 50u);
  EXPECT_EQ(t.timeout, 4u);
  EXPECT_EQ(t.errors(), 78u);
}

TEST(wrk_output, that_has_no_whole_line_is_nothing) {
  const auto line = with_errors.find("threadmark:");
  EXPECT_FALSE(parse_wrk(with_errors.substr(0, line)));
  EXPECT_FALSE(parse_wrk(with_errors.substr(0, with_errors.size() - 12)));
  EXPECT_FALSE(parse_wrk(""));
  EXPECT_FALSE(parse_wrk("threadmark: requests -1 bytes 1 connect 1 read 1 write 1 status 1 timeout 1\n"));
  EXPECT_FALSE(parse_wrk("threadmark: bytes 1 requests 1 connect 1 read 1 write 1 status 1 timeout 1\n"));
}

TEST(wrk_output, says_what_went_wrong_in_its_last_line) {
  EXPECT_EQ(wrk_complaint("unable to connect to 127.0.0.1:1 Connection refused\n"),
            "unable to connect to 127.0.0.1:1 Connection refused");
  EXPECT_EQ(wrk_complaint("\n \n"), "it said nothing");
}

TEST(wrk, that_is_not_in_path_is_asked_for) {
  const char* found = std::getenv("PATH");
  const std::string path = found != nullptr ? found : "";
  setenv("PATH", "/nowhere::/dev", 1);
  try {
    (void)find_wrk();
    ADD_FAILURE() << "there is one";
  } catch (const misconfigured& e) {
    EXPECT_STREQ(e.what(), "wrk is not installed (make setup)");
  }
  setenv("PATH", path.c_str(), 1);
}

TEST(wrk, says_that_nobody_listens) {
  if (!why_no_wrk().empty()) GTEST_SKIP() << "wrk is not installed";
  const target nobody = [] { return small_server([](int) { return good; }).to(); }();
  try {
    find_capacity(nobody, server_process(getpid()), {}, {});
    ADD_FAILURE() << "somebody does";
  } catch (const load_error& e) {
    EXPECT_NE(std::string(e.what()).find("wrk has ended: unable to connect to"), std::string::npos) << e.what();
  }
  EXPECT_TRUE(children_of(getpid()).empty());
}

TEST(wrk, takes_a_script_that_its_lua_understands_and_gives_the_whole_account) {
  if (!why_no_wrk().empty()) GTEST_SKIP() << "wrk is not installed";
  small_server server(
      [](int number) { return number % 7 == 3 ? "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n" : good; });
  const auto r =
      find_capacity(server.to(), server_process(getpid()), {.connections = 3, .warm_up = 20ms, .window = 50ms}, {});
  const auto all = static_cast<int>(r.all.requests);
  EXPECT_LE(all, server.requests());
  EXPECT_GE(all, server.requests() - 3);  // one under way on each connection when it ended
  EXPECT_GE(r.all.status, r.all.requests / 7 - 1);
  EXPECT_LE(r.all.status, r.all.requests / 7 + 1);
  EXPECT_TRUE(children_of(getpid()).empty());
}

// The server answers a known number while the window is open, and stands still at both of its ends: each connection has
// asked once more then, and so wrk has taken in all that came before.
TEST(capacity, counts_what_was_answered_in_the_window_and_nothing_else) {
  if (!why_no_wrk().empty()) GTEST_SKIP() << "wrk is not installed";
  std::atomic<int> may{100};
  small_server server([&](int number) {
    while (number >= may) std::this_thread::sleep_for(1ms);
    return good;
  });
  const std::shared_ptr<void> at_the_end(nullptr, [&](void*) { may = std::numeric_limits<int>::max(); });
  const server_process self(getpid());
  double used = 0;
  capacity_settings s{.connections = 4, .warm_up = 500ms, .window = 10ms};
  s.opened = [&] {
    EXPECT_EQ(server.requests(), 104);
    used = self.cpu_seconds();
    may = 2600;
  };
  s.closes = [&] {
    while (server.requests() < 2604) std::this_thread::sleep_for(1ms);
    used = self.cpu_seconds() - used;
  };
  const auto r = find_capacity(server.to(), self, s, {});
  EXPECT_NEAR(r.requests, 2500, 0.01);
  EXPECT_EQ(r.all.requests, 2600u);
  EXPECT_GE(r.server_cpu_s, used);
  EXPECT_GT(used, 0);
}

TEST(capacity, says_how_many_connections_the_server_has_not_taken) {
  if (!why_no_wrk().empty()) GTEST_SKIP() << "wrk is not installed";
  small_server server([](int) { return ""; });  // hangs up on everybody
  const sleeper other;                          // and it is not even this one that is looked at
  try {
    find_capacity(server.to(), server_process(other.pid()), {.connections = 3, .patience = 100ms}, {});
    ADD_FAILURE() << "they were taken";
  } catch (const load_error& e) {
    EXPECT_NE(std::string(e.what()).find("of 3 connections the server has 0 open"), std::string::npos) << e.what();
  }
  EXPECT_EQ(children_of(getpid()).size(), 1u);  // the other
}

// As threads that answer may keep the one that accepts from its turn.
TEST(capacity, leaves_a_server_the_time_to_accept_that_does_so_only_when_nobody_asks) {
  if (!why_no_wrk().empty()) GTEST_SKIP() << "wrk is not installed";
  std::atomic<int> asked{0};
  small_server server(
      [&](int number) {
        asked = number;
        return good;
      },
      [&](int number) {
        for (int before = -1; number > 0 && before != asked;) {
          before = asked;
          std::this_thread::sleep_for(50ms);
        }
      });
  const auto r = find_capacity(server.to(), server_process(getpid()),
                               {.connections = 3, .warm_up = 20ms, .window = 50ms, .patience = 5s}, {});
  EXPECT_GT(r.requests, 0);  // else it throws
}

TEST(server_process, that_is_not_there_is_misconfigured) {
  const pid_t gone = sleeper().pid();
  EXPECT_THROW(server_process{gone}, misconfigured);
}

TEST(server_process, has_its_descriptors_counted) {
  const server_process self(getpid());
  const auto before = self.descriptors();
  const socket_handle one(dup(0)), other(dup(0));
  EXPECT_EQ(self.descriptors(), before + 2);
}
