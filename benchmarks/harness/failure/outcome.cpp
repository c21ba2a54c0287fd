#include "outcome.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <model.hpp>
#include <new>

#include "limits.hpp"
#include "proc_text.hpp"

namespace threadmark::harness {
namespace {

/// The thread that ends the process; relaxed, because it decides who goes on and publishes nothing.
std::atomic<pid_t> speaker{0};

std::string_view to_string(outcome how) noexcept {
  switch (how) {
    case outcome::limit: return "limit";
    case outcome::wrong_answer: return "wrong_answer";
    case outcome::misconfigured: return "misconfigured";
    case outcome::unsupported: return "unsupported";
  }
  return "?";
}

[[noreturn]] void write_and_exit(outcome how, std::string_view reason) noexcept {
  line_text line;
  line << "threadmark: " << to_string(how) << ": " << reason;
  write_to_stderr(line.line());
  ::_exit(exit_outcome);
}

[[noreturn]] void end_by_limit(std::string_view what) noexcept {
  line_text reason;
  reason << what;
  append_limit(reason);
  end_trial(outcome::limit, reason.view());
}

[[noreturn]] void end_by_crash(std::string_view what) noexcept {
  line_text line;
  line << "threadmark: uncaught exception: " << what;
  write_to_stderr(line.line());
  std::abort();
}

}  // namespace

void be_the_one_to_end() noexcept {
  const pid_t me = ::gettid();
  pid_t nobody = 0;
  if (speaker.compare_exchange_strong(nobody, me, std::memory_order_relaxed) || nobody == me) return;
  while (true) ::pause();
}

void end_trial(outcome how, std::string_view reason) noexcept {
  be_the_one_to_end();
  std::fflush(stdout);
  std::fflush(stderr);
  write_and_exit(how, reason);
}

void end_trial_at_once(outcome how, std::string_view reason) noexcept {
  be_the_one_to_end();
  write_and_exit(how, reason);
}

void end_by_current_exception() noexcept {
  be_the_one_to_end();
  if (!std::current_exception()) end_by_crash("none; std::terminate was called");
  try {
    throw;
  } catch (const limit_reached& reached) {
    end_by_limit(reached.what());
  } catch (const not_expressed& configuration) {
    end_trial(outcome::unsupported, configuration.what());
  } catch (const std::bad_alloc&) {
    end_by_limit("memory: std::bad_alloc");
  } catch (const std::exception& other) {
    end_by_crash(other.what());
  } catch (...) {
    end_by_crash("of a type that has no text");
  }
}

void end_trial_on_uncaught_exceptions() noexcept {
  std::set_terminate(end_by_current_exception);
}

}  // namespace threadmark::harness
