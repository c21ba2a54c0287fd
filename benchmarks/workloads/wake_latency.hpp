// The same as hand_off_latency, after nothing has happened for a while.
#pragma once

#include <chrono>
#include <model.hpp>

#include "latency.hpp"

namespace threadmark::workloads {

/// The root sleeps before each hand-over, so the receiver has long been parked and its worker may sleep as well.
struct wake_latency {
  static constexpr std::string_view name = "wake_latency";
  static constexpr bool cold = true;

  explicit wake_latency(const parameters& values)
      : samples(positive(values, "samples")), gap(positive(values, "gap_us")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    hand_over_times<M>(t, name, samples, gap);
  }

  std::uint64_t samples;
  std::chrono::microseconds gap;
};

}  // namespace threadmark::workloads
