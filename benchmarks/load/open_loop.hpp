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
  std::size_t connections = 1;                                 ///< to be made; where they are given, this says nothing
  double rate = 1000;                                          ///< requests a second, over all connections
  std::chrono::nanoseconds warm_up{0};                         ///< requests of this time are sent and not counted
  std::chrono::nanoseconds duration{0};                        ///< then those of this time are
  std::chrono::nanoseconds patience{std::chrono::seconds(2)};  ///< for answers after the end
};

struct open_loop_result {
  std::vector<std::uint64_t> latency_ns{};  ///< of each request that was answered, in the order of the answers
  std::vector<std::uint64_t> lag_ns{};      ///< of each that found a connection free: how late it was sent
  /// Of each that got no good answer, for whatever reason: from when it was due until the end of the patience, which is
  /// the least that its latency can be said to be.
  std::vector<std::uint64_t> lost_ns{};
  std::size_t due = 0;            ///< requests that were to be sent, and counted
  std::size_t waited = 0;         ///< of those: found no connection free
  std::size_t errors = 0;         ///< answered badly, or the connection broke
  std::size_t unanswered = 0;     ///< not at the end of the patience either
  std::size_t answered = 0;       ///< all good answers, those of the warm-up too
  double seconds = 0;             ///< from the first counted request to its last answer, or its end
  double client_cpu_seconds = 0;  ///< that this process used in all, set-up left out
  /// What this thread used of a CPU while it sent (0 to 1), without the looks for answers in the last moment before a
  /// request was due that found none: those are the wait, spent awake.
  double client_load = 0;
};

/// Throws load_error where connections cannot be made.
open_loop_result run_open_loop(const target& to, const open_loop_settings& settings);

/// The same over connections that are there, by numbers from `first` on; those that broke or were still waited for are
/// there anew afterwards. Throws as `check` does, too.
open_loop_result run_open_loop(const target& to, const open_loop_settings& settings,
                               std::vector<socket_handle>& connections, std::size_t first, const wait_ends& ends);

}  // namespace threadmark::load
