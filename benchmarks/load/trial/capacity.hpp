// How many requests a second a server answers when each connection asks again as soon as it is answered (a closed loop,
// by wrk), and what CPU time that takes the server and the client.
//
// All of it is counted over one window, which opens when the server has accepted all connections and a warm-up is over,
// in which each was answered three times in the mean (or which took 10 s): connecting, and the start of a task for
// each, are not in it. At both ends the clock, wrk's account and both processes' CPU clocks are read one after the
// other, within a fifth of a millisecond or they are read again. What a thread that runs just then has used since the
// kernel last looked (at most a tick, 1 to 10 ms) counts on the other side of the end. So of a window of 2 s, with half
// a CPU, the server's time is exact to 1 % at worst, and the rest to 0.01 %.
//
// In the server's time is what the kernel does for it in its calls, which over loopback includes taking the packet in
// at the other end; not in it is what the kernel does in threads of its own (ksoftirqd).
#pragma once

#include <chrono>
#include <functional>

#include "load/target.hpp"
#include "load/trial/cpu_taker.hpp"
#include "load/trial/server_process.hpp"
#include "load/trial/wrk_output.hpp"

namespace threadmark::load {

struct capacity_settings {
  std::size_t connections = 1;
  std::chrono::nanoseconds warm_up{std::chrono::milliseconds(500)};  ///< once all are accepted; longer where it must be
  std::chrono::nanoseconds window{std::chrono::seconds(2)};
  std::chrono::nanoseconds patience{std::chrono::seconds(10)};  ///< for all to be accepted, and again for the warm-up
  std::function<void()> opened{}, closes{};                     ///< called when the window is open, and before its end
  const cpu_taker* taker = nullptr;  ///< who takes a part of the server's CPUs away; null: nobody
};

struct capacity_result {
  double seconds = 0;       ///< the window's length
  double requests = 0;      ///< answered in it
  double server_cpu_s = 0;  ///< CPU time in it
  double client_cpu_s = 0;  ///< the same of wrk
  double taken_cpu_s = 0;   ///< of the server's CPUs, in it
  wrk_totals all{};         ///< of the whole run of wrk
  [[nodiscard]] double rate() const { return requests / seconds; }
};

/// Throws misconfigured, load_error with the limit that was hit, and as `check` does.
capacity_result find_capacity(const target& to, const server_process& server, const capacity_settings& settings,
                              const wait_ends& ends);

}  // namespace threadmark::load
