// The server of `echo_server` with n connections open over which nothing comes: what each costs in memory.
#pragma once

#include <model.hpp>
#include <string>

#include "http_server.hpp"
#include "trial.hpp"

namespace threadmark::workloads {

/// Each connection has been asked over once before the snapshot, so that its task has been where a task of a server has
/// been. Timed: the end of all connections, which has no metric.
struct idle_connections {
  static constexpr std::string_view name = "idle_connections";
  static constexpr bool cold = true;

  explicit idle_connections(const parameters& values) : n(positive(values, "n")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    if constexpr (networks<M>) {
      constexpr std::uint64_t others = 64;  // descriptors of the process besides
      if (const auto most = all_descriptors(); most < n + others)
        t.limit("open files: this process may have " + std::to_string(most) + " (ulimit -Hn), and " +
                std::to_string(n) + " connections need " + std::to_string(n + others));
      http_server<M> server(t);
      const std::string at = std::to_string(server.port()) + " ";
      constexpr int before = 16;  // so that what the first connections cost once is in the baseline
      ask<M>(t, "hold " + at + std::to_string(before));
      ask<M>(t, "release");
      server.wait_for_the_last();
      t.snapshot("baseline", 0);
      ask<M>(t, "hold " + at + std::to_string(n));
      M::sleep_for(settle);
      if (server.open() != n)
        t.reject("idle_connections: " + std::to_string(server.open()) + " connections are open, not " +
                 std::to_string(n));
      t.snapshot("connected", n);
      t.clock_on();
      ask<M>(t, "release");
      server.wait_for_the_last();
      t.clock_off();
      server.close();
    } else {
      throw not_expressed("network: the model has none");
    }
  }

  std::uint64_t n;
};

}  // namespace threadmark::workloads
