// How a trial ends when it does not end well: one last line on standard error, and exit code 3, at once.
//
// Tasks may be stuck and locks held, so nothing is unwound and no destructor runs. When several threads come here
// together the first one speaks and the others wait for the end.
#pragma once

#include <string_view>

namespace threadmark::harness {

enum class outcome { limit, wrong_answer, misconfigured, unsupported };

inline constexpr int exit_bad_input = 2;
inline constexpr int exit_outcome = 3;

/// Returns in the first thread that calls it, and in that thread again; every other thread waits for the end. Call it
/// before looking for the reason. Async-signal-safe.
void be_the_one_to_end() noexcept;

/// Writes "threadmark: OUTCOME: REASON" after flushing what has been printed, and ends the process.
[[noreturn]] void end_trial(outcome how, std::string_view reason) noexcept;

/// The same from a signal handler: nothing is flushed.
[[noreturn]] void end_trial_at_once(outcome how, std::string_view reason) noexcept;

/// Ends the trial by what the exception being handled means: `limit_reached` and `std::bad_alloc` are limits, and the
/// limit of the system that was hit is named; `not_expressed` is unsupported; any other is a crash, with its text on
/// standard error.
[[noreturn]] void end_by_current_exception() noexcept;

/// An exception that nobody catches, such as one in a task, ends the trial by `end_by_current_exception`.
void end_trial_on_uncaught_exceptions() noexcept;

}  // namespace threadmark::harness
