// The table that several tasks update: what `shared_by_mutex` and `shared_by_channel` have in common.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "trial.hpp"

namespace threadmark::workloads {

struct shared_table {
  static constexpr std::uint64_t places = 64;

  void update(std::uint64_t k) { sums[k % places] += k; }

  /// Rejects where not exactly the updates 0..updates-1 have been made.
  void expect_all(trial& t, std::string_view workload, std::uint64_t updates) const {
    shared_table right;
    for (std::uint64_t k = 0; k < updates; ++k) right.update(k);
    for (std::uint64_t place = 0; place < places; ++place)
      if (sums[place] != right.sums[place])
        t.reject(std::string(workload) + ": place " + std::to_string(place) + " holds " + std::to_string(sums[place]) +
                 ", not " + std::to_string(right.sums[place]));
  }

  std::array<std::uint64_t, places> sums{};
};

}  // namespace threadmark::workloads
