// threadmark_load: a client that loads an HTTP server at a fixed rate, or holds idle connections to it.
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <vector>

#include "load/hold.hpp"
#include "load/open_loop.hpp"
#include "load/report.hpp"

namespace {

using namespace threadmark::load;

std::chrono::nanoseconds seconds(double s) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(s));
}

void pin_to(const std::vector<int>& cpus) {
  if (cpus.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0)
    throw load_error(fmt::format("the process may not run on CPU {}", fmt::join(cpus, ",")));
}

void hold_until_told(const target& to, std::size_t connections) {
  const auto held = hold(to, connections);
  fmt::print("held {}\n", held.size());
  std::fflush(stdout);
  char unused;
  while (::read(STDIN_FILENO, &unused, 1) > 0) continue;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Loads an HTTP/1.1 server over kept connections and prints one JSON object.\n"
      "Requests are sent at a fixed rate, whatever the server does; latencies count from when each was to be sent.");
  std::string at, path = "/";
  open_loop_settings s;
  double warm_up = 1, duration = 10;
  bool holds = false;
  std::vector<int> cpus;
  app.add_option("--target", at, "the server, as 127.0.0.1:8080")->required()->type_name("ADDRESS:PORT");
  app.add_option("--path", path, "what is asked for; default: /")->type_name("PATH");
  app.add_option("--connections", s.connections, "how many are kept; default: 1")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  app.add_option("--rate", s.rate, "requests a second over all connections; default: 1000")
      ->check(CLI::Range(0.1, 1e8))
      ->type_name("R");
  app.add_option("--warm-up", warm_up, "seconds that are not counted; default: 1")
      ->check(CLI::Range(0.0, 3600.0))
      ->type_name("S");
  app.add_option("--duration", duration, "seconds that are counted; default: 10")
      ->check(CLI::Range(0.01, 86400.0))
      ->type_name("S");
  app.add_flag(
      "--hold", holds,
      "instead: open the connections, ask once over each, print \"held N\", and keep them until standard input ends");
  app.add_option("--cpus", cpus, "run on these CPUs only")->delimiter(',')->type_name("A,B,…");
  CLI11_PARSE(app, argc, argv);
  try {
    target to = target::parse(at);
    to.path = path;
    pin_to(cpus);
    s.warm_up = seconds(warm_up);
    s.duration = seconds(duration);
    if (holds) {
      hold_until_told(to, s.connections);
    } else {
      fmt::print("{}\n", report(s, run_open_loop(to, s)));
    }
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "threadmark_load: {}\n", e.what());
    return 1;
  }
}
