// The same work is cut into ever shorter tasks until half of the time goes into starting them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <model.hpp>
#include <optional>
#include <string>
#include <vector>

#include "trial.hpp"
#include "work_loop.hpp"

namespace threadmark::workloads {

/// METG, the minimum effective task granularity of Task Bench (Slaughter and others, SC 2020), at 50 %: the length of a
/// task at which half of the processors' time is work. Timed: for each length the work one piece after the other, and
/// the same pieces as tasks.
struct smallest_task {
  static constexpr std::string_view name = "smallest_task";
  static constexpr bool cold = true;
  static constexpr double longest_ns = 1e6;
  static constexpr double shortest_ns = 10;
  static constexpr std::uint64_t most_tasks = 200'000;  ///< for each core
  static constexpr int steps_a_decade = 4;
  static constexpr double wanted = 0.5;
  static constexpr int attempts = 3;

  explicit smallest_task(const parameters& values) : total_ns(positive(values, "total_ms") * 1'000'000) {}

  template <threading_model M>
  void iterate(trial& t) const {
    (void)as_tasks<M>(t, 1000, 1);  // the first tasks make threads and caches, which is not asked for
    std::vector<step> steps;
    for (int i = 0; !hopeless(steps); ++i) {
      const double length = longest_ns / std::pow(10.0, static_cast<double>(i) / steps_a_decade);
      if (length < shortest_ns * 0.99) break;
      steps.push_back({length, efficiency_at<M>(t, length)});
    }
    const auto metg = metg_of(steps);
    if (!metg) t.limit("smallest_task: less than half of the time is work even where each task has 1 ms of it");
    t.metric("metg_ns", *metg);
  }

  struct step {
    double length_ns;
    double efficiency;
  };

  /// Two lengths in a row below: one alone may be bad luck, such as a core that came late to all three attempts.
  static bool hopeless(const std::vector<step>& steps) {
    const std::size_t n = steps.size();
    return n >= 2 && steps[n - 1].efficiency < wanted && steps[n - 2].efficiency < wanted;
  }

  /// The shortest length that is still worth it: where the efficiency crosses `wanted` for the last time. Nothing where
  /// none is worth it.
  static std::optional<double> metg_of(const std::vector<step>& steps) {
    for (std::size_t i = steps.size(); i-- > 0;) {
      if (steps[i].efficiency < wanted) continue;
      if (i + 1 == steps.size()) return steps[i].length_ns;
      return crossing(steps[i].length_ns, steps[i].efficiency, steps[i + 1].length_ns, steps[i + 1].efficiency);
    }
    return std::nullopt;
  }

  /// Where the efficiency is `wanted` on the line between two lengths, over the length's logarithm.
  static double crossing(double long_ns, double above, double short_ns, double below) {
    const double share = (above - wanted) / (above - below);
    return long_ns * std::pow(short_ns / long_ns, share);
  }

  std::uint64_t total_ns;

 private:
  /// The best of some attempts at either: what disturbs a measurement only ever makes it longer.
  template <threading_model M>
  double efficiency_at(trial& t, double length_ns) const {
    const std::uint64_t steps = std::max<std::uint64_t>(1, t.steps_for(static_cast<std::uint64_t>(length_ns)));
    const auto pieces = static_cast<std::uint64_t>(static_cast<double>(total_ns) / length_ns);
    const std::uint64_t count = t.cores() * std::clamp<std::uint64_t>(pieces, 1, most_tasks);
    auto alone = trial::nanoseconds::max(), together = trial::nanoseconds::max();
    for (int i = 0; i < attempts; ++i) {
      alone = std::min(alone, one_by_one(t, count, steps));
      together = std::min(together, as_tasks<M>(t, count, steps));
    }
    return static_cast<double>(alone.count()) / (t.cores() * static_cast<double>(together.count()));
  }

  /// Each piece goes on where the one before ended, so that the processor cannot begin it earlier.
  static trial::nanoseconds one_by_one(trial& t, std::uint64_t count, std::uint64_t steps) {
    std::uint64_t x = 0;
    t.clock_on();
    for (std::uint64_t k = 0; k < count; ++k) x = do_work(x, steps);
    const auto time = t.clock_off();
    if (x != work_as_map(steps * count)(0)) t.reject("smallest_task: the pieces one by one lost steps");
    return time;
  }

  template <threading_model M>
  static trial::nanoseconds as_tasks(trial& t, std::uint64_t count, std::uint64_t steps) {
    std::vector<std::uint64_t> results(count);
    typename M::wait_group pending;
    t.clock_on();
    pending.add(static_cast<std::ptrdiff_t>(count));
    for (std::uint64_t k = 0; k < count; ++k)
      start<M>([&result = results[k], &pending, k, steps] {
        result = do_work(k, steps);
        pending.done();
      });
    pending.wait();
    const auto time = t.clock_off();
    std::uint64_t sum = 0;
    for (const std::uint64_t result : results) sum += result;
    const affine_map map = work_as_map(steps);
    if (const std::uint64_t right = map.factor * sum_below(count) + map.offset * count; sum != right)
      t.reject("smallest_task: the results add up to " + std::to_string(sum) + ", not to " + std::to_string(right));
    return time;
  }
};

}  // namespace threadmark::workloads
