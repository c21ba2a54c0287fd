// A small HTTP/1.1 server with a task for each connection. Ctrl-C, or SIGTERM, ends it gracefully: no new connections,
// requests that are under way are answered, and whoever has not ended after five seconds is cut off.
//   mn_example_http_server [127.0.0.1:8080]
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <mn/mn.hpp>
#include <stdexcept>
#include <string>
#include <utility>

using namespace std::chrono_literals;

/// A request's head; `in` keeps what came beyond it. Empty: the client has ended. Between two requests it may stay for
/// a minute, or until we close; for sending one, and for taking its answer, it has ten seconds.
static std::string next_request(const mn::net::stream& client, const mn::context& stop, std::string& in) {
  client.set_read_deadline(mn::time_point::clock::now() + (in.empty() ? 60s : 10s));
  for (std::array<char, 4096> buffer;;) {
    if (const auto end = in.find("\r\n\r\n"); end != std::string::npos) {
      client.set_write_deadline(mn::time_point::clock::now() + 10s);
      return std::exchange(in, in.substr(end + 4)).substr(0, end + 4);
    }
    if (in.size() > 16 * 1024) throw std::runtime_error("a request that does not end");
    const std::size_t n = in.empty() ? client.read(stop, buffer) : client.read(buffer);
    if (n == 0) return {};
    if (in.empty()) client.set_read_deadline(mn::time_point::clock::now() + 10s);
    in.append(buffer.data(), n);
  }
}

static void serve(const mn::net::stream& client, const mn::context& stop) try {
  std::string in;
  for (std::string head; !(head = next_request(client, stop, in)).empty();) {
    const auto has = [&](const char* field) { return strcasestr(head.c_str(), field) != nullptr; };
    // One with a body, whose end is not looked for here, or whose answer has none, is answered so and is the last.
    const bool understood = head.starts_with("GET ") && !has("\r\nContent-Length:") && !has("\r\nTransfer-Encoding:");
    const bool known = understood && head.starts_with("GET / "), last = !understood || has("\r\nConnection: close");
    const std::string body = known ? "Hello from mn\n" : "There is only GET /\n";
    std::string status = known ? "200 OK" : "404 Not Found";
    if (!understood) status = "501 Not Implemented";
    if (last) status += "\r\nConnection: close";
    client.write("HTTP/1.1 " + status +
                 "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    if (last) return;
  }
} catch (const mn::context_done&) {  // we are closing, and it was between two requests
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
}

static void accept_all(const mn::net::listener& listener, const mn::context& stop) {
  for (;;) try {
      mn::go([client = listener.accept(stop), stop] { serve(client, stop); });
    } catch (const mn::context_done&) {
      return listener.close();
    } catch (const mn::io_error& e) {  // as where no descriptors are left: those who are served will free some
      std::fprintf(stderr, "%s\n", e.what());
      mn::sleep_for(100ms);
    }
}

int main(int argc, char** argv) {
  sigset_t ends;
  sigemptyset(&ends);
  for (const int one : {SIGINT, SIGTERM}) sigaddset(&ends, one);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before there are threads: this one waits for them
  mn::runtime rt;
  const auto [stop, cancel] = mn::with_cancel(mn::context::background());
  const auto listener = mn::net::listen(argc > 1 ? argv[1] : "127.0.0.1:8080");
  std::printf("http://%s/\n", listener.local().to_string().c_str());
  std::fflush(stdout);
  rt.go([&listener, stop = stop] { accept_all(listener, stop); });
  while (sigwaitinfo(&ends, nullptr) < 0) continue;  // SIGQUIT may interrupt it, which prints what there is
  cancel();
  const auto ended = rt.shutdown(5s);
  std::printf("%s\n", ended.clean ? "ended" : ended.report.c_str());
  return ended.clean ? 0 : 1;
}
