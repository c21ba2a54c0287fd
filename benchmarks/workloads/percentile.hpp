// A percentile of measured values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace threadmark::workloads {

/// The least of the values that `percent` of all of them (1 to 100) do not exceed: the nearest rank, so it is one of
/// them. `sorted` is in rising order and not empty.
template <class T>
const T& percentile(const std::vector<T>& sorted, std::size_t percent) {
  const std::size_t rank = (percent * sorted.size() + 99) / 100;
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

}  // namespace threadmark::workloads
