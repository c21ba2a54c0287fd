// How much memory the process holds.
#pragma once

#include <cstddef>

namespace threadmark::stress {

/// Resident memory in bytes, without what is mapped from files (/proc/self/statm); 0 where that cannot be read.
std::size_t resident_bytes();

}  // namespace threadmark::stress
