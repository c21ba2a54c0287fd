#include "load/report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "percentile.hpp"

namespace threadmark::load {
namespace {

nlohmann::ordered_json percentiles(std::vector<std::uint64_t>& ns) {
  nlohmann::ordered_json all;
  std::ranges::sort(ns);
  const auto put = [&](const char* name, std::size_t per_mille) {
    if (ns.empty()) {
      all[name] = nullptr;
    } else {
      all[name] = static_cast<double>(workloads::per_mille(ns, per_mille)) / 1000.0;
    }
  };
  put("p50", 500);
  put("p90", 900);
  put("p99", 990);
  put("p999", 999);
  put("max", 1000);
  return all;
}

}  // namespace

std::string report(const open_loop_settings& asked, open_loop_result result) {
  nlohmann::ordered_json all;
  all["connections"] = asked.connections;
  all["asked_requests_per_s"] = asked.rate;
  all["requests_per_s"] = result.seconds > 0 ? static_cast<double>(result.latency_ns.size()) / result.seconds : 0.0;
  all["seconds"] = result.seconds;
  all["due"] = result.due;
  all["answered"] = result.latency_ns.size();
  all["errors"] = result.errors;
  all["unanswered"] = result.unanswered;
  all["waited_for_a_connection"] = result.waited;
  all["latency_us"] = percentiles(result.latency_ns);
  all["client_lag_us"] = percentiles(result.lag_ns);
  all["client_cpu_s"] = result.client_cpu_seconds;
  all["client_cpu_percent"] = 100 * result.client_load;
  return all.dump(2);
}

}  // namespace threadmark::load
