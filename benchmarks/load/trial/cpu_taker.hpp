// Takes a part of the CPUs of a process away from it, so that it has a known share of them: with one CPU for each side
// that is how the server is what is measured, and not its client.
//
// On each of those CPUs a thread of ours runs under SCHED_FIFO, which goes before everything that is scheduled fairly:
// at the beginning of each period of 2 ms it is awake for the part that is taken, and asleep for the rest. So the
// server sees CPUs that are slower by so much, in pieces of at most 2 ms, whatever it does and however many threads it
// has.
//
// The kernel's own bound, a quota of a cgroup (cpu.max), was tried first: on Linux 6.18 a thread for each of 1,000
// connections then needed 16 us of CPU time for a request, and 12 or 13 with this; mn the same either way.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace threadmark::load {

class cpu_taker {
 public:
  /// Leaves `share_percent`, 1 to 99, of each CPU that process `pid` may run on. Throws misconfigured where this
  /// process may not do so.
  cpu_taker(pid_t pid, int share_percent);
  cpu_taker(const cpu_taker&) = delete;
  cpu_taker& operator=(const cpu_taker&) = delete;
  /// They are the process's again.
  ~cpu_taker();

  /// The CPU time that has been taken so far, of all CPUs.
  [[nodiscard]] double taken_seconds() const;
  [[nodiscard]] std::size_t cpus() const { return threads_.size(); }

  static constexpr std::chrono::nanoseconds period{std::chrono::milliseconds(2)};

 private:
  void take(std::chrono::nanoseconds of_each_period) const;

  std::atomic<bool> over_{false};  // relaxed: nothing else is told by it
  std::vector<std::thread> threads_;
};

}  // namespace threadmark::load
