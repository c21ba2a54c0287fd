// What happened to the victim: errors that mn names, which a program expects where the system refuses something, and
// invariants that do not hold, which are bugs.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>

namespace threadmark::faults {

/// The errors that mn's contract lets an operation have where the system refuses memory or a thread.
inline constexpr std::array<std::string_view, 3> error_names = {"mn::out_of_resources", "std::bad_alloc",
                                                                "std::system_error"};

/// How often each was caught.
std::uint64_t caught(std::size_t error) noexcept;

/// Says which invariant does not hold, and ends the process with 4.
[[noreturn]] void broken(const char* format, ...) noexcept __attribute__((format(printf, 1, 2)));

/// For a catch (...): counts the exception under its name. One that nothing justifies is a broken invariant.
void note_exception() noexcept;

/// Calls f. False where it gave up with one of the named errors.
template <class F>
bool attempt(F&& f) noexcept {
  try {
    std::forward<F>(f)();
    return true;
  } catch (...) {
    note_exception();
    return false;
  }
}

}  // namespace threadmark::faults
