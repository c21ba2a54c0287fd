// The servers' requests, wherever they are cut, and the server over real connections.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>
#include <workloads/http_server.hpp>

#include "fake_client.hpp"
#include "reference_model.hpp"

namespace threadmark::workloads {
namespace {

using found = request_reader::found;

const std::string good = "GET /work HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: me\r\n\r\n";

/// What a reader makes of one piece that it takes to its end.
found take(request_reader& reader, std::string_view piece) {
  const auto result = reader.take(piece);
  EXPECT_TRUE(piece.empty() || result != found::more);
  return result;
}

TEST(HttpRequest, IsFoundWhereverItIsCut) {
  request_reader reader;
  for (std::size_t cut = 1; cut < good.size(); ++cut) {
    EXPECT_EQ(take(reader, std::string_view(good).substr(0, cut)), found::more) << cut;
    EXPECT_EQ(take(reader, std::string_view(good).substr(cut)), found::request) << cut;
    EXPECT_EQ(reader.asked(), route::work) << cut;
  }
  for (std::size_t i = 0; i + 1 < good.size(); ++i)
    EXPECT_EQ(take(reader, std::string_view(good).substr(i, 1)), found::more);
  EXPECT_EQ(take(reader, "\n"), found::request);
}

TEST(HttpRequest, SeveralComeOneAfterTheOther) {
  const std::string three = "GET / HTTP/1.1\r\n\r\nGET /wait HTTP/1.1\r\nA: b\r\n\r\nGET /x HTTP/1.1\r\n\r\nGET";
  for (std::size_t cut = 0; cut <= three.size(); ++cut) {
    request_reader reader;
    std::vector<route> routes;
    for (std::string_view piece : {std::string_view(three).substr(0, cut), std::string_view(three).substr(cut)})
      while (!piece.empty())
        if (reader.take(piece) == found::request) routes.push_back(reader.asked());
    EXPECT_EQ(routes, (std::vector{route::root, route::wait, route::unknown})) << cut;
  }
}

TEST(HttpRequest, ThatIsNoneIsBad) {
  for (const char* head : {"", " ", "GET", "GET /", "GET / HTTP/1.0", "GET / HTTP/1.1 ", "GET  / HTTP/1.1",
                           " / HTTP/1.1", "GET /a b HTTP/1.1", "GET HTTP/1.1", "get / http/1.1"}) {
    request_reader reader;
    EXPECT_EQ(take(reader, std::string(head) + "\r\n\r\n"), found::bad) << '"' << head << '"';
  }
  request_reader reader;
  EXPECT_EQ(take(reader, "POST / HTTP/1.1\r\n\r\n"), found::request);
  EXPECT_EQ(reader.asked(), route::unknown);
}

TEST(HttpRequest, ThatHasNoEndIsBad) {
  request_reader reader;
  found last = found::more;
  std::size_t sent = 0;
  for (; last == found::more && sent < 20'000; sent += 100) last = take(reader, std::string(100, 'x'));
  EXPECT_EQ(last, found::bad);
  EXPECT_GT(sent, 8192u);
  EXPECT_LT(sent, 8500u);
}

class nobody final : public trial {
 public:
  void clock_on() override {}
  nanoseconds clock_off() override { return {}; }
  void metric(std::string_view, double) override {}
  [[noreturn]] void reject(const std::string&) override { std::abort(); }
  [[noreturn]] void limit(const std::string&) override { std::abort(); }
  void snapshot(std::string_view, std::uint64_t) override {}
  void tasks_are_here(std::span<const task_memory>) override {}
  void ask_client(const std::string&) override {}
  std::optional<client_metrics> client_answer() override { return std::nullopt; }
  std::uint64_t steps_for(std::uint64_t work_ns) const override { return work_ns; }
  unsigned cores() const override { return 1; }
  std::size_t stack_bytes() const override { return 1 << 20; }
};

/// Runs f(port) as the root task beside a server; afterwards it must have given so many answers.
template <class F>
void serve(std::uint64_t answered, F f) {
  reference::planted = reference::fault::none;
  const nobody t;
  reference::runtime runtime({});
  runtime.run([&] {
    http_server<reference_model> server(t);
    f(server.port());
    server.wait_for_the_last();
    server.close();
    EXPECT_EQ(server.answered(), answered);
  });
}

const std::string root = "GET / HTTP/1.1\r\n\r\n";

TEST(HttpServer, KeepsTheConnection) {
  serve(3, [](std::uint16_t port) {
    const auto to = connect_to_port(port);
    for (int i = 0; i < 3; ++i) {
      send_all(to, root);
      EXPECT_EQ(receive(to, answers::ok.size()), answers::ok);
    }
  });
}

TEST(HttpServer, AnswersManyAtOnceInTheirOrder) {
  serve(101, [](std::uint16_t port) {
    const auto to = connect_to_port(port);
    std::string all, expected;
    for (int i = 0; i < 100; ++i) {
      all += i % 10 == 3 ? "GET /nothing HTTP/1.1\r\n\r\n" : root;
      expected += i % 10 == 3 ? answers::not_found : answers::ok;
    }
    send_all(to, all + "GET /work HTTP/1.1\r\n\r\n");
    EXPECT_EQ(receive(to, expected.size() + answers::ok.size()), expected + std::string(answers::ok));
  });
}

TEST(HttpServer, WaitsAndWorks) {
  serve(2, [](std::uint16_t port) {
    const auto to = connect_to_port(port);
    const auto begun = std::chrono::steady_clock::now();
    send_all(to, "GET /wait HTTP/1.1\r\n\r\n");
    EXPECT_EQ(receive(to, answers::ok.size()), answers::ok);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, http_service::wait);
    send_all(to, good);
    EXPECT_EQ(receive(to, answers::ok.size()), answers::ok);
  });
}

TEST(HttpServer, EndsAConnectionThatTalksNonsense) {
  serve(2, [](std::uint16_t port) {
    const auto to = connect_to_port(port);
    send_all(to, root + "what?\r\n\r\n" + root);
    EXPECT_EQ(receive(to, 1000), std::string(answers::ok) + std::string(answers::bad_request));
  });
}

TEST(HttpServer, GoesOnWhereAPeerBreaksOff) {
  serve(1, [](std::uint16_t port) {
    const auto stays = connect_to_port(port);
    for (int i = 0; i < 5; ++i) {
      const auto leaves = connect_to_port(port);
      send_all(leaves, "GET / HT");
      const linger at_once{1, 0};
      ::setsockopt(leaves.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    send_all(stays, root);
    EXPECT_EQ(receive(stays, answers::ok.size()), answers::ok);
  });
}

}  // namespace
}  // namespace threadmark::workloads
