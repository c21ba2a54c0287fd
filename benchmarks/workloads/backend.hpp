// Many tasks call a backend that refuses more than so many calls at once: each for itself, or through a pool of
// workers.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <model.hpp>
#include <optional>
#include <string>

#include "trial.hpp"

namespace threadmark::workloads {

/// Timed: from the first task started to the last call answered or refused.
struct backend {
  static constexpr std::string_view name = "backend";
  static constexpr bool cold = true;

  explicit backend(const parameters& values)
      : tasks(positive(values, "tasks")),
        connections(positive(values, "connections")),
        pool(values["pool"]),
        call(positive(values, "call_us")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    service<M> behind{connections, call};
    typename M::wait_group ended;

    t.clock_on();
    if (pool == 0)
      call_each_for_itself<M>(behind, ended);
    else
      call_through_a_pool<M>(behind, ended);
    ended.wait();
    const auto time = t.clock_off();

    const auto answered = behind.answered.load(), refused = behind.refused.load(), most = behind.most.load();
    if (answered + refused != tasks)
      t.reject("backend: " + std::to_string(answered) + " calls answered and " + std::to_string(refused) +
               " refused of " + std::to_string(tasks));
    if (most == 0 || most > connections)
      t.reject("backend: " + std::to_string(most) + " calls at once where " + std::to_string(connections) + " may be");
    t.metric("errors", static_cast<double>(refused));
    t.metric("most_in_flight", static_cast<double>(most));
    t.metric("ns_per_call", ns_per(time, tasks));
  }

  std::uint64_t tasks;
  std::uint64_t connections;
  std::uint64_t pool;
  std::chrono::microseconds call;

 private:
  /// Counts with the strongest order, which costs nothing beside a call.
  template <threading_model M>
  struct service {
    const std::uint64_t connections;
    const std::chrono::microseconds takes;
    std::atomic<std::uint64_t> inside{0}, most{0}, answered{0}, refused{0};

    void call() {
      std::uint64_t now = inside.load();
      do {
        if (now == connections) {
          ++refused;
          return;
        }
      } while (!inside.compare_exchange_weak(now, now + 1));
      for (std::uint64_t seen = most.load(); seen < now + 1 && !most.compare_exchange_weak(seen, now + 1);) {
      }
      M::sleep_for(takes);
      --inside;
      ++answered;
    }
  };

  template <threading_model M>
  void call_each_for_itself(service<M>& behind, typename M::wait_group& ended) const {
    ended.add(static_cast<std::ptrdiff_t>(tasks));
    for (std::uint64_t i = 0; i < tasks; ++i)
      start<M>([&] {
        behind.call();
        ended.done();
      });
  }

  template <threading_model M>
  void call_through_a_pool(service<M>& behind, typename M::wait_group& ended) const {
    typename M::template channel<std::uint64_t> requests{at_least{128}};
    ended.add(static_cast<std::ptrdiff_t>(pool));
    for (std::uint64_t i = 0; i < pool; ++i)
      start<M>([&behind, &ended, requests]() mutable {
        while (requests.recv()) behind.call();
        ended.done();
      });
    for (std::uint64_t i = 0; i < tasks; ++i) requests.send(i);
    requests.close();
  }
};

}  // namespace threadmark::workloads
