// A small HTTP/1.1 server with a task for each connection. Ctrl-C, or SIGTERM, ends it gracefully: no new connections,
// requests that are under way are answered, and whoever has not ended after five seconds is cut off.
//
//   mn_example_http_server [127.0.0.1:8080]
#include <array>
#include <csignal>
#include <cstdio>
#include <mn/mn.hpp>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;

namespace {

/// One request, without a body; `in` keeps what came beyond it. Empty: the client has ended.
std::string next_request(const mn::net::stream& client, const mn::context& stop, std::string& in) {
  for (std::array<char, 4096> buffer;;) {
    if (const auto end = in.find("\r\n\r\n"); end != std::string::npos) {
      const std::string request = in.substr(0, end + 4);
      in.erase(0, end + 4);
      return request;
    }
    if (in.size() > 16 * 1024) throw std::runtime_error("a request that does not end");
    // Between two requests a client may stay as long as we do; in the middle of one it has ten seconds.
    client.set_read_deadline(in.empty() ? mn::time_point::max() : mn::time_point::clock::now() + 10s);
    const std::size_t n = in.empty() ? client.read(stop, buffer) : client.read(buffer);
    if (n == 0) return {};
    in.append(buffer.data(), n);
  }
}

void serve(const mn::net::stream& client, const mn::context& stop) try {
  std::string in;
  for (std::string request; !(request = next_request(client, stop, in)).empty();) {
    const bool known = request.starts_with("GET / ");
    const std::string body = known ? "Hello from mn\n" : "There is only GET /\n";
    client.write(std::string("HTTP/1.1 ") + (known ? "200 OK" : "404 Not Found") +
                 "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
} catch (const mn::context_done&) {  // we are closing, and it was between two requests
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
}

void accept_all(const mn::net::listener& listener, const mn::context& stop) {
  while (stop.error() == mn::context_error::none) try {
      mn::go([client = listener.accept(stop), stop] { serve(client, stop); });
    } catch (const mn::context_done&) {
    } catch (const mn::io_error& e) {  // as where no descriptors are left: those who are served will free some
      std::fprintf(stderr, "%s\n", e.what());
      mn::sleep_for(100ms);
    }
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before there are threads: this one waits for them

  mn::runtime rt;
  const auto [stop, cancel] = mn::with_cancel(mn::context::background());
  const auto listener = mn::net::listen(argc > 1 ? argv[1] : "127.0.0.1:8080");
  std::printf("http://%s/\n", listener.local().to_string().c_str());
  std::fflush(stdout);
  rt.go([&listener, stop = stop] { accept_all(listener, stop); });
  int which = 0;
  sigwait(&ends, &which);
  cancel();
  const auto ended = rt.shutdown(5s);
  std::printf("%s\n", ended.clean ? "ended" : ended.report.c_str());
  return ended.clean ? 0 : 1;
}
