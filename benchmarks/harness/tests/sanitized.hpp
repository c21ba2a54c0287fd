// Whether the tests run under AddressSanitizer or ThreadSanitizer, which have signal handlers, mappings and last words
// of their own.
#pragma once

namespace threadmark::harness {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace threadmark::harness
