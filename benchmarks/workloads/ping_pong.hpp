// Two tasks pass one value back and forth over a pair of channels; the second adds one each time.
#pragma once

#include <cstddef>
#include <model.hpp>
#include <optional>

#include "trial.hpp"

namespace threadmark::workloads {

/// Timed: 1,000 round trips. Not timed: making the channels, starting the second task, ending it. The latency of a
/// hand-over when there is nothing else to do.
struct ping_pong {
  static constexpr std::string_view name = "ping_pong";
  static constexpr bool cold = false;
  static constexpr std::uint64_t round_trips = 1000;

  explicit ping_pong(const parameters& values) : capacity(values["capacity"]) {}

  template <threading_model M>
  void iterate(trial& t) const {
    using channel = typename M::template channel<std::uint64_t>;
    channel ping{std::size_t{capacity}};
    channel pong{std::size_t{capacity}};
    start<M>([ping, pong]() mutable {
      while (const std::optional<std::uint64_t> value = ping.recv()) pong.send(*value + 1);
      pong.close();
    });

    std::uint64_t value = 0;
    t.clock_on();
    for (std::uint64_t i = 0; i < round_trips; ++i) {
      ping.send(value);
      const std::optional<std::uint64_t> answer = pong.recv();
      // At once: nobody may be left to receive what would be sent next.
      if (!answer) t.reject("ping_pong: found the channel closed after " + std::to_string(i) + " round trips");
      value = *answer;
    }
    const auto time = t.clock_off();

    if (value != round_trips)
      t.reject("ping_pong: came to " + std::to_string(value) + " after " + std::to_string(round_trips) +
               " round trips");
    ping.close();
    if (pong.recv()) t.reject("ping_pong: the second task sent a value too many");
    t.metric("ns_per_round_trip", ns_per(time, round_trips));
  }

  std::uint64_t capacity;
};

}  // namespace threadmark::workloads
