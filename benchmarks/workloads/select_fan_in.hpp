// Each producer sends into a channel of its own; one task receives from all of them by select.
#pragma once

#include <cstddef>
#include <model.hpp>
#include <span>

#include "trial.hpp"

namespace threadmark::workloads {

/// Timed: from the start of the last producer until 8,192 values have been received. Not timed: making the channels,
/// starting the producers, checking the values. What a receive costs when it must look at many channels.
struct select_fan_in {
  static constexpr std::string_view name = "select_fan_in";
  static constexpr bool cold = false;
  static constexpr std::uint64_t messages = 8192;

  explicit select_fan_in(const parameters& values)
      : producers(positive(values, "producers")), capacity(values["capacity"]) {
    if (messages % producers != 0) throw std::invalid_argument("producers must divide " + std::to_string(messages));
  }

  struct received {
    std::uint64_t producer;
    std::uint64_t value;
  };

  /// Says what is wrong, or nothing: each producer's numbers must come complete and in order, from its own channel.
  std::string fault_in(std::span<const received> all) const {
    std::vector<std::uint64_t> next(producers, 0);
    for (const received& message : all) {
      if (message.producer >= producers) return "a value from a channel that is not there";
      const std::uint64_t right = message.producer << 32 | next[message.producer]++;
      if (message.value != right)
        return "producer " + std::to_string(message.producer) + ": " + std::to_string(message.value) + " came where " +
               std::to_string(right) + " was due";
    }
    for (const std::uint64_t count : next)
      if (count != messages / producers)
        return std::to_string(count) + " values of a producer for " + std::to_string(messages / producers);
    return {};
  }

  template <threading_model M>
  void iterate(trial& t) const {
    using channel = typename M::template channel<std::uint64_t>;
    std::vector<channel> channels;
    channels.reserve(producers);
    std::vector<received> all(messages);
    for (std::uint64_t p = 0; p < producers; ++p) channels.emplace_back(selectable{capacity});
    for (std::uint64_t p = 0; p < producers; ++p)
      start<M>([out = channels[p], p, share = messages / producers]() mutable {
        for (std::uint64_t k = 0; k < share; ++k) out.send(p << 32 | k);
      });

    std::uint64_t lost = 0;
    t.clock_on();
    for (received& message : all) {
      const auto [index, value] = M::recv_any(std::span(channels));
      if (!value) ++lost;
      message = {index, value.value_or(0)};
    }
    const auto time = t.clock_off();

    if (lost != 0) t.reject("select_fan_in: " + std::to_string(lost) + " receives found a channel closed");
    if (const std::string fault = fault_in(all); !fault.empty()) t.reject("select_fan_in: " + fault);
    t.metric("ns_per_message", ns_per(time, messages));
  }

  std::uint64_t producers;
  std::uint64_t capacity;
};

}  // namespace threadmark::workloads
