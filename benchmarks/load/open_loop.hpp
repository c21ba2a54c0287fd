// Load at a fixed rate, whatever the server does (an open loop): requests arrive at equal distances, each goes out on a
// connection that is free, and waits where none is. A request's latency counts from when it was to be sent, so a server
// that stands still is charged with all that should have come meanwhile (no coordinated omission: G. Tene, "How NOT to
// Measure Latency", 2013; a closed loop, which waits for an answer before it asks again, leaves those out).
//
// What the client itself is late by, with a connection free, is recorded beside it: where that is not far below the
// latencies, it is the client that is measured.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "load/target.hpp"

namespace threadmark::load {

struct open_loop_settings {
  std::size_t connections = 1;
  double rate = 1000;                                          ///< requests a second, over all connections
  std::chrono::nanoseconds warm_up{0};                         ///< requests of this time are sent and not counted
  std::chrono::nanoseconds duration{0};                        ///< then those of this time are
  std::chrono::nanoseconds patience{std::chrono::seconds(2)};  ///< for answers after the end
};

struct open_loop_result {
  std::vector<std::uint32_t> latency_ns;  ///< of each request that was answered, in the order of the answers
  std::vector<std::uint32_t> lag_ns;      ///< of each that found a connection free: how late it was sent
  std::size_t due = 0;                    ///< requests that were to be sent, and counted
  std::size_t waited = 0;                 ///< of those: found no connection free
  std::size_t errors = 0;                 ///< answered badly, or the connection broke
  std::size_t unanswered = 0;             ///< not at the end of the patience either
  double seconds = 0;                     ///< from the first counted request to its last answer, or its end
  double client_cpu_seconds = 0;          ///< that this process used in all, set-up left out
};

/// Throws load_error where connections cannot be made.
open_loop_result run_open_loop(const target& to, const open_loop_settings& settings);

}  // namespace threadmark::load
