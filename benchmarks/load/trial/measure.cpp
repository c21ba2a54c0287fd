#include "load/trial/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "load/hold.hpp"
#include "load/trial/cpu_taker.hpp"
#include "percentile.hpp"

namespace threadmark::load {
namespace {

double us(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e3;
}

/// Of all that were due, rising.
std::vector<std::uint64_t> latencies(open_loop_result& r) {
  auto all = std::move(r.latency_ns);
  all.insert(all.end(), r.lost_ns.begin(), r.lost_ns.end());
  std::ranges::sort(all);
  return all;
}

/// A server may break a connection or two, which is counted, but it must give the client all of them.
std::vector<socket_handle> open_all(const target& to, std::size_t connections, std::size_t first,
                                    between_phases& between, const wait_ends& ends) {
  constexpr int tries = 3;
  std::vector<socket_handle> all;
  all.reserve(connections);
  for (int tried = 1; all.size() < connections; ++tried) {
    try {
      all.push_back(connect_and_ask(to, first + all.size(), ends));
      ++between.answered;
      tried = 0;
    } catch (const load_error&) {
      check(ends);
      ++between.errors;
      if (tried == tries) throw;
    }
  }
  return all;
}

}  // namespace

target server_at(std::uint16_t port) {
  return target::parse(fmt::format("127.0.0.1:{}", port));
}

std::vector<metric> metrics_of(const capacity_result& capacity, std::vector<phase> phases, std::size_t cpus,
                               const between_phases& between) {
  if (capacity.requests <= 0)
    throw load_error(
        fmt::format("no request was answered in the {:.1f} s in which its capacity was looked for", capacity.seconds));
  std::vector<metric> all{{"requests_per_s", capacity.rate()},
                          {"cpu_us_per_request", 1e6 * capacity.server_cpu_s / capacity.requests}};
  auto errors = between.errors + static_cast<std::size_t>(capacity.all.errors());
  auto answered = between.answered + static_cast<std::size_t>(capacity.all.requests);
  double load = capacity.client_cpu_s / capacity.seconds, lag_us = 0;
  for (auto& [percent, r] : phases) {
    if (r.latency_ns.empty())
      throw load_error(fmt::format("no request was answered well at {} % of its capacity, of {}", percent, r.due));
    errors += r.errors + r.unanswered;
    answered += r.answered;
    load = std::max(load, r.client_load);
    std::ranges::sort(r.lag_ns);
    if (!r.lag_ns.empty()) lag_us = std::max(lag_us, us(workloads::percentile(r.lag_ns, 99)));
    const auto sorted = latencies(r);
    all.push_back({fmt::format("at{}_p50_us", percent), us(workloads::per_mille(sorted, 500))});
    all.push_back({fmt::format("at{}_p99_us", percent), us(workloads::per_mille(sorted, 990))});
    all.push_back({fmt::format("at{}_p999_us", percent), us(workloads::per_mille(sorted, 999))});
  }
  all.push_back({"errors", static_cast<double>(errors)});
  const double there = capacity.seconds * static_cast<double>(cpus) - capacity.taken_cpu_s;
  all.push_back({"server_cpu_percent", there > 0 ? 100 * capacity.server_cpu_s / there : 0});
  all.push_back({"client_cpu_percent", 100 * load});
  all.push_back({"client_lag_p99_us", lag_us});
  all.push_back({"answered", static_cast<double>(answered)});
  return all;
}

std::vector<metric> measure(const measure_request& asked, const measure_settings& settings, wait_ends ends) {
  const server_process server(asked.pid);
  ends.server = server.ended();
  target to = server_at(asked.port), root = to;
  to.path = asked.path;
  std::optional<cpu_taker> taker;
  if (asked.share_percent < 100) taker.emplace(asked.pid, asked.share_percent);

  const auto capacity = find_capacity(to, server,
                                      {.connections = asked.connections,
                                       .warm_up = settings.capacity_warm_up,
                                       .window = settings.capacity_window,
                                       .patience = settings.capacity_patience,
                                       .taker = taker ? &*taker : nullptr},
                                      ends);
  std::vector<phase> phases;
  between_phases between;
  if (capacity.requests > 0) {
    // From another address than wrk's, whose ports may not be free yet.
    const std::size_t first = per_address;
    auto connections = open_all(root, asked.connections, first, between, ends);
    for (const int percent : {50, 75, 90}) {
      const open_loop_settings s{.rate = capacity.rate() * percent / 100,
                                 .warm_up = settings.warm_up,
                                 .duration = settings.duration,
                                 .patience = settings.patience};
      phases.push_back({percent, run_open_loop(to, s, connections, first, ends)});
    }
  }
  return metrics_of(capacity, std::move(phases), server.cpus(), between);
}

}  // namespace threadmark::load
