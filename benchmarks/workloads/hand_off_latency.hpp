// One task hands a time to another that waits for it, over a channel without capacity: how old it is when it arrives.
#pragma once

#include <model.hpp>

#include "latency.hpp"

namespace threadmark::workloads {

/// Each sample is from just before the send to just after the receive, one reading of the clock at either end.
struct hand_off_latency {
  static constexpr std::string_view name = "hand_off_latency";
  static constexpr bool cold = true;

  explicit hand_off_latency(const parameters& values) : samples(positive(values, "samples")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    hand_over_times<M>(t, name, samples, std::chrono::microseconds{0});
  }

  std::uint64_t samples;
};

}  // namespace threadmark::workloads
