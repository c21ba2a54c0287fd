// The trial as the harness sees it: a clock, the sums of what the iterations report, and what was seen of the process.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <workloads/trial.hpp>

#include "ledger_client.hpp"
#include "load_client.hpp"

namespace threadmark::harness {

/// Kernel threads of this process now. Allocates nothing.
std::uint64_t os_threads_now() noexcept;

/// One stage of a benchmark: some iterations of one cell. Used by the root task alone.
class stage final : public workloads::trial {
 public:
  struct total {
    std::string name;
    double sum;
  };

  /// `ledger` may be null: snapshots are then left out. `client` may be null: a workload that asks it ends the trial.
  /// `slow_by_percent` makes every timed part so much longer.
  stage(std::uint64_t spin_steps_per_us, ledger_client* ledger, load_client* client, effective_configuration model,
        unsigned slow_by_percent = 0);

  void begin_iteration();

  /// The sum of the timed parts of this iteration.
  nanoseconds iteration_time() const { return elapsed_; }
  std::uint64_t iterations() const { return iterations_; }
  /// What the iterations reported, added up; divide by `iterations`.
  const std::vector<total>& totals() const { return totals_; }
  /// The most kernel threads seen just before or after a timed part.
  std::uint64_t most_os_threads() const { return most_os_threads_; }

  void clock_on() override;
  nanoseconds clock_off() override;
  void metric(std::string_view name, double value) override;
  [[noreturn]] void reject(const std::string& why) override;
  [[noreturn]] void limit(const std::string& why) override;
  void snapshot(std::string_view moment, std::uint64_t tasks) override;
  void tasks_are_here(std::span<const task_memory> some) override;
  void ask_client(const std::string& line) override;
  std::optional<workloads::client_metrics> client_answer() override;
  std::uint64_t steps_for(std::uint64_t work_ns) const override;
  unsigned cores() const override { return model_.cores; }
  std::size_t stack_bytes() const override { return model_.stack_bytes; }

 private:
  using clock = std::chrono::steady_clock;

  void expect_answer(bool answered) const;
  void look_at_os_threads();
  clock::time_point slowed_end() const;

  std::uint64_t spin_steps_per_us_;
  ledger_client* ledger_;
  load_client* client_;
  effective_configuration model_;
  unsigned slow_by_percent_;
  clock::time_point started_{};
  nanoseconds elapsed_{0};
  std::uint64_t iterations_ = 0;
  std::uint64_t most_os_threads_ = 0;
  std::vector<total> totals_;
};

}  // namespace threadmark::harness
