// A fixed number of workers take jobs from one channel and send results into another, which is closed when a wait group
// of the workers ends.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <model.hpp>
#include <optional>

#include "trial.hpp"
#include "work_loop.hpp"

namespace threadmark::workloads {

/// Timed: from the first job sent to the last result received. Not timed: making the channels, starting the workers and
/// waiting until each has begun. What a bounded pool costs a job, with the work itself or without any.
struct worker_pool {
  static constexpr std::string_view name = "worker_pool";
  static constexpr bool cold = false;

  explicit worker_pool(const parameters& values)
      : workers(positive(values, "workers")),
        capacity(values["capacity"]),
        jobs(positive(values, "jobs")),
        work_ns(values["work_ns"]) {}

  /// A job's result: with work, what the work loop makes of its number; without, something that is not the number.
  static std::uint64_t result_of(std::uint64_t job, std::uint64_t steps) {
    return steps == 0 ? job * 2 + 1 : do_work(job, steps);
  }

  /// The sum of all results, without doing the work.
  std::uint64_t right_sum(std::uint64_t steps) const {
    const affine_map map = steps == 0 ? affine_map{2, 1} : work_as_map(steps);
    return map.factor * sum_below(jobs) + map.offset * jobs;
  }

  template <threading_model M>
  void iterate(trial& t) const {
    using channel = typename M::template channel<std::uint64_t>;
    // Owned by the tasks together: the last worker may still be inside `done` when the root has all results.
    struct shared_state {
      typename M::wait_group working;
      std::atomic<std::uint64_t> started{0};
    };
    const std::uint64_t steps = t.steps_for(work_ns);
    channel jobs_in{at_least{capacity}};
    channel results{at_least{capacity}};
    const auto shared = std::make_shared<shared_state>();

    shared->working.add(static_cast<std::ptrdiff_t>(workers));
    for (std::uint64_t i = 0; i < workers; ++i)
      start<M>([jobs_in, results, shared, steps]() mutable {
        // Relaxed: the count only says that the task runs; nothing else is read because of it.
        shared->started.fetch_add(1, std::memory_order_relaxed);
        while (const std::optional<std::uint64_t> job = jobs_in.recv()) results.send(result_of(*job, steps));
        shared->working.done();
      });
    start<M>([results, shared]() mutable {
      shared->working.wait();
      results.close();
    });
    while (shared->started.load(std::memory_order_relaxed) < workers) M::yield();

    t.clock_on();
    start<M>([jobs_in, count = jobs]() mutable {
      for (std::uint64_t job = 0; job < count; ++job) jobs_in.send(job);
      jobs_in.close();
    });
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
    while (const std::optional<std::uint64_t> result = results.recv()) {
      ++count;
      sum += *result;
    }
    const auto time = t.clock_off();

    if (count != jobs)
      t.reject("worker_pool: " + std::to_string(count) + " results for " + std::to_string(jobs) + " jobs");
    if (const std::uint64_t right = right_sum(steps); sum != right)
      t.reject("worker_pool: the results add up to " + std::to_string(sum) + ", not to " + std::to_string(right));
    t.metric("ns_per_job", ns_per(time, jobs));
  }

  std::uint64_t workers;
  std::uint64_t capacity;
  std::uint64_t jobs;
  std::uint64_t work_ns;
};

}  // namespace threadmark::workloads
