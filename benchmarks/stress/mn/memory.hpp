// How much memory the process holds.
#pragma once

#include <cstddef>

namespace threadmark::stress {

/// Resident memory in bytes, without what is mapped from files (/proc/self/statm); 0 where that cannot be read.
std::size_t resident_bytes();

/// What a steady state may differ by: the allocator's own caches, and a page or two for each worker.
[[nodiscard]] constexpr bool has_stayed(std::size_t base, std::size_t now) {
  return now <= base + base / 4 + (std::size_t{4} << 20);
}

}  // namespace threadmark::stress
