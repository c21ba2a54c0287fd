// A small HTTP server with a task for each connection, loaded by a client outside of its process.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <array>
#include <model.hpp>
#include <string>

#include "http_server.hpp"
#include "trial.hpp"

namespace threadmark::workloads {

/// Timed: all that the client does, which is of no interest; the metrics are the client's, who measures the server from
/// outside. `share_percent` is how much of each of its CPUs the server may use meanwhile, by the client's doing: so
/// that the client, which has one CPU as well, is not what is measured.
struct echo_server {
  static constexpr std::string_view name = "echo_server";
  static constexpr bool cold = true;

  explicit echo_server(const parameters& values)
      : connections(positive(values, "connections")),
        route(values["route"]),
        share_percent(positive(values, "share_percent")) {
    if (route >= paths.size()) throw std::invalid_argument("route must be 0 (/), 1 (/wait) or 2 (/work)");
    if (share_percent > 100) throw std::invalid_argument("share_percent must be 100 at most");
  }

  template <threading_model M>
  void iterate(trial& t) const {
    if constexpr (networks<M>) {
      http_server<M> server(t);
      t.clock_on();
      const auto metrics =
          ask<M>(t, "measure " + std::to_string(::getpid()) + " " + std::to_string(server.port()) + " " +
                        std::to_string(connections) + " " + paths[route] + " " + std::to_string(share_percent));
      t.clock_off();
      server.close();
      server.wait_for_the_last();
      check(t, metrics, server.answered());
      for (const auto& [metric, value] : metrics)
        if (metric != answered) t.metric(metric, value);
    } else {
      throw not_expressed("network: the model has none");
    }
  }

  void check(trial& t, const client_metrics& metrics, std::uint64_t by_server) const {
    constexpr double shortest_wait_us = std::chrono::duration<double, std::micro>(http_service::wait).count();
    if (std::ranges::find(metrics, answered, &client_metrics::value_type::first) == metrics.end())
      t.reject("echo_server: the client does not say how many requests were answered");
    for (const auto& [metric, value] : metrics) {
      if (metric == answered && static_cast<double>(by_server) < value)
        t.reject("echo_server: the client counts " + std::to_string(static_cast<std::uint64_t>(value)) +
                 " answers, the server " + std::to_string(by_server));
      if (metric == "at50_p50_us" && paths[route] == std::string_view("/wait") && value < shortest_wait_us)
        t.reject("echo_server: half of the requests waited less than " + std::to_string(http_service::wait.count()) +
                 " ms");
    }
  }

  static constexpr std::string_view answered = "answered";  ///< what the client counts; no metric of the catalogue
  static constexpr std::array<const char*, 3> paths{"/", "/wait", "/work"};
  std::uint64_t connections, route, share_percent;
};

}  // namespace threadmark::workloads
