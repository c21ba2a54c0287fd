#include "load/trial/cpu_taker.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <cerrno>
#include <cstring>

#include "load/trial/misconfigured.hpp"
#include "load/trial/server_process.hpp"

namespace threadmark::load {
namespace {

using clock = std::chrono::steady_clock;

void sleep_until(clock::time_point at) {
  const auto ns = std::chrono::nanoseconds(at.time_since_epoch()).count();
  const timespec when{ns / 1'000'000'000, ns % 1'000'000'000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr) == EINTR) continue;
}

[[noreturn]] void refused(const char* what, int error) {
  throw misconfigured(fmt::format(
      "share_percent below 100 takes a real-time thread beside the server ({}: {}); it needs CAP_SYS_NICE, "
      "as root has it outside of containers, or a limit RLIMIT_RTPRIO of 1; share_percent:100 needs neither",
      what, std::strerror(error)));
}

}  // namespace

cpu_taker::cpu_taker(pid_t pid, int share_percent) {
  cpu_set_t its;
  CPU_ZERO(&its);
  if (sched_getaffinity(pid, sizeof its, &its) != 0) refused("sched_getaffinity", errno);
  const auto taken = period * (100 - share_percent) / 100;
  try {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &its)) continue;
      auto& one = threads_.emplace_back([this, taken] { take(taken); });
      cpu_set_t only;
      CPU_ZERO(&only);
      CPU_SET(cpu, &only);
      if (const int error = pthread_setaffinity_np(one.native_handle(), sizeof only, &only); error != 0)
        refused("pthread_setaffinity_np", error);
      sched_param lowest{};
      lowest.sched_priority = sched_get_priority_min(SCHED_FIFO);
      if (const int error = pthread_setschedparam(one.native_handle(), SCHED_FIFO, &lowest); error != 0)
        refused("SCHED_FIFO", error);
    }
  } catch (...) {
    over_ = true;
    for (auto& one : threads_) one.join();
    throw;
  }
}

cpu_taker::~cpu_taker() {
  over_.store(true, std::memory_order_relaxed);
  for (auto& one : threads_) one.join();
}

double cpu_taker::taken_seconds() const {
  double all = 0;
  for (const auto& one : threads_) {
    clockid_t cpu{};
    if (pthread_getcpuclockid(const_cast<std::thread&>(one).native_handle(), &cpu) == 0) all += cpu_seconds_of(cpu);
  }
  return all;
}

void cpu_taker::take(std::chrono::nanoseconds of_each_period) const {
  for (auto begin = clock::now(); !over_.load(std::memory_order_relaxed);) {
    while (clock::now() < begin + of_each_period) continue;
    begin += period;
    // Where the machine kept it from running for periods, those are not made up for.
    if (const auto now = clock::now(); begin < now) begin = now;
    sleep_until(begin);
  }
}

}  // namespace threadmark::load
