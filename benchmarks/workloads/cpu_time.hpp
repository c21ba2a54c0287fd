// The CPU time of this process.
#pragma once

#include <time.h>

#include <cerrno>
#include <chrono>
#include <system_error>

namespace threadmark::workloads {

/// What all threads of the process have used so far, in user and in kernel mode, to the nanosecond. Costs a system
/// call, about a microsecond, which is in the next reading.
inline std::chrono::nanoseconds process_cpu_time() {
  timespec now{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0)
    throw std::system_error(errno, std::generic_category(), "clock_gettime");
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace threadmark::workloads
