// What THREADMARK_FAULTS asks for: "seed=7,one_in=50,calls=mmap+futex,after=20".
#pragma once

#include <cstdint>
#include <string_view>

namespace threadmark::faults {

struct settings {
  std::uint64_t seed = 1;
  std::uint64_t one_in = 50;  ///< of so many calls of a kind one fails
  std::uint64_t after = 0;    ///< so many calls of each kind are let through first
  std::uint32_t calls = 0;    ///< a bit for each kind
  std::string_view program;   ///< nothing fails in others; empty: in none
  bool log = false;           ///< a line to standard error for each call that is made to fail
};

/// Allocates nothing: it runs before the program has begun. What cannot be taken is said on standard error, and the
/// process ends with 2.
settings read_settings(std::string_view text) noexcept;

}  // namespace threadmark::faults
