// Whether a call is made to fail, and how.
#pragma once

#include <initializer_list>

#include "stress/faults/interposer/calls.hpp"

namespace threadmark::faults {

/// Not an error number: the call returns at once as if it had been successful (a futex wait that was woken for
/// nothing).
inline constexpr int for_nothing = -1;

/// Reads THREADMARK_FAULTS. Until then nothing fails and nothing is counted.
void begin() noexcept;

/// Counts the call. 0: it is to be made; otherwise one of `errors`. Whether, and which, depends on the seed, the kind
/// and how many calls of that kind this process has made, and on nothing else. Async-signal-safe.
int fault(call kind, std::initializer_list<int> errors) noexcept;

/// Appends a line of JSON to the file that THREADMARK_FAULTS_REPORT names, if it does: what was seen and made to fail.
void report() noexcept;

}  // namespace threadmark::faults
