// threadmark_load: a client that loads an HTTP server at a fixed rate, holds idle connections to it, or is the client
// of a trial (benchmarks/harness/PROTOCOL.md).
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <vector>

#include "child/signals.hpp"
#include "load/hold.hpp"
#include "load/open_loop.hpp"
#include "load/report.hpp"
#include "load/trial/session.hpp"
#include "support/errors.hpp"

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

void serve_a_trial() {
  threadmark::conductor::signals signals;
  serve_requests(STDIN_FILENO, STDOUT_FILENO, {}, {.signals = &signals});
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Loads an HTTP/1.1 server over kept connections and prints one JSON object.\n"
      "Requests are sent at a fixed rate, whatever the server does; latencies count from when each was to be sent.");
  std::string at, path = "/";
  open_loop_settings s;
  double warm_up = 1, duration = 10;
  bool holds = false, trial = false;
  std::vector<int> cpus;
  app.add_option("--target", at, "the server, as 127.0.0.1:8080")->type_name("ADDRESS:PORT");
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
  app.add_flag(
      "--trial", trial,
      "instead: take requests on standard input, a line each, and answer them on standard output, until it ends:\n"
      "  measure PID PORT CONNECTIONS PATH SHARE_PERCENT   leaves the server, process PID at 127.0.0.1:PORT,\n"
      "      that share of its CPUs (100: all; less takes root or CAP_SYS_NICE), finds its capacity by wrk and its\n"
      "      latencies at 50, 75 and 90 % of that, and gives the CPUs back\n"
      "  hold PORT CONNECTIONS   opens so many, asks once over each, and keeps them\n"
      "  release   closes them\n"
      "The answer is lines \"metric NAME VALUE\" and then \"ok\", \"limit: REASON\" or \"misconfigured: REASON\"");
  app.add_option("--cpus", cpus, "run on these CPUs only, and wrk too")->delimiter(',')->type_name("A,B,…");
  try {
    app.parse(argc, argv);
    if (at.empty() && !trial) throw CLI::ValidationError("--target is missing (or --trial); see --help");
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    fmt::print(stderr, "threadmark_load: {}\n", e.what());
    return 2;
  }
  try {
    pin_to(cpus);
    if (trial) {
      serve_a_trial();
      return 0;
    }
    target to = target::parse(at);
    to.path = path;
    s.warm_up = seconds(warm_up);
    s.duration = seconds(duration);
    if (holds) {
      hold_until_told(to, s.connections);
    } else {
      fmt::print("{}\n", report(s, run_open_loop(to, s)));
    }
    return 0;
  } catch (const threadmark::conductor::interrupted& e) {
    return 128 + e.signal;
  } catch (const std::exception& e) {
    fmt::print(stderr, "threadmark_load: {}\n", e.what());
    return 1;
  }
}
