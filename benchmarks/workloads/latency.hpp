// Single operations timed one by one: what `hand_off_latency`, `wake_latency` and `timer_error` have in common.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <model.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "percentile.hpp"
#include "trial.hpp"

namespace threadmark::workloads {

using latency_clock = std::chrono::steady_clock;

inline std::int64_t clock_now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(latency_clock::now().time_since_epoch()).count();
}

/// What lies between two readings of the clock one after the other; every sample holds about one of it.
inline std::int64_t clock_cost_ns() {
  std::vector<std::int64_t> costs(1000);
  for (std::int64_t& cost : costs) {
    const std::int64_t first = clock_now_ns();
    cost = clock_now_ns() - first;
  }
  std::ranges::sort(costs);
  return percentile(costs, 50);
}

inline void report_latencies(trial& t, std::vector<std::int64_t> samples) {
  std::ranges::sort(samples);
  t.metric("p50_ns", static_cast<double>(percentile(samples, 50)));
  t.metric("p90_ns", static_cast<double>(percentile(samples, 90)));
  t.metric("p99_ns", static_cast<double>(percentile(samples, 99)));
  t.metric("p999_ns", static_cast<double>(per_mille(samples, 999)));
  t.metric("clock_ns", static_cast<double>(clock_cost_ns()));
}

/// The root hands the time to a second task, `samples` times; before each it lets `gap` pass, where there is one. Both
/// wait for the other, so each hand-over is on its own. The samples are reported; a wrong time is rejected.
template <threading_model M>
void hand_over_times(trial& t, std::string_view workload, std::uint64_t samples, std::chrono::microseconds gap) {
  static constexpr std::uint64_t warm_up = 100;
  typename M::template channel<std::int64_t> times{std::size_t{0}};
  typename M::template channel<int> taken{std::size_t{0}};
  std::vector<std::int64_t> ages;
  ages.reserve(samples + warm_up);
  std::uint64_t sum_sent = 0, sum_received = 0;

  t.clock_on();
  start<M>([&ages, &sum_received, times, taken]() mutable {
    while (const std::optional<std::int64_t> sent = times.recv()) {
      ages.push_back(clock_now_ns() - *sent);
      sum_received += static_cast<std::uint64_t>(*sent);
      taken.send(0);
    }
    taken.close();
  });
  for (std::uint64_t i = 0; i < samples + warm_up; ++i) {
    if (gap.count() != 0) M::sleep_for(gap);
    const std::int64_t now = clock_now_ns();
    sum_sent += static_cast<std::uint64_t>(now);
    times.send(now);
    if (!taken.recv()) t.reject(std::string(workload) + ": the other task has gone");
  }
  times.close();
  (void)taken.recv();  // closed: the other task has done with what is here
  t.clock_off();

  if (sum_sent != sum_received || ages.size() != samples + warm_up)
    t.reject(std::string(workload) + ": not the times that were sent");
  ages.erase(ages.begin(), ages.begin() + warm_up);
  if (std::ranges::min(ages) < 0) t.reject(std::string(workload) + ": a time arrived before it was sent");
  report_latencies(t, std::move(ages));
}

}  // namespace threadmark::workloads
