// A percentile of measured values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace threadmark::workloads {

/// The least of the values that `share` of all of them, in thousandths (1 to 1000), do not exceed: the nearest rank, so
/// it is one of them. `sorted` is in rising order and not empty.
template <class T>
const T& per_mille(const std::vector<T>& sorted, std::size_t share) {
  const std::size_t rank = (share * sorted.size() + 999) / 1000;
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

/// The same in hundredths.
template <class T>
const T& percentile(const std::vector<T>& sorted, std::size_t percent) {
  return per_mille(sorted, 10 * percent);
}

}  // namespace threadmark::workloads
