#include "stress/faults/victim/happened.hpp"

#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <new>
#include <system_error>

#include "mn/errors.hpp"

/// There where the interposer is.
extern "C" [[gnu::weak]] void threadmark_faults_report();

namespace threadmark::faults {
namespace {

std::array<std::atomic<std::uint64_t>, error_names.size()> counts{};

void note(std::size_t error) noexcept {
  counts[error].fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

std::uint64_t caught(std::size_t error) noexcept {
  return counts[error].load(std::memory_order_relaxed);
}

void broken(const char* format, ...) noexcept {
  char what[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  std::fprintf(stderr, "faults_victim_mn: broken invariant: %s\n", what);
  if (threadmark_faults_report) threadmark_faults_report();
  _exit(4);  // nothing more may run: what it would find is a consequence
}

void note_exception() noexcept {
  try {
    throw;
  } catch (const mn::out_of_resources&) {
    note(0);
  } catch (const std::bad_alloc&) {
    note(1);
  } catch (const std::system_error&) {
    note(2);
  } catch (const std::exception& e) {
    broken("an exception that nothing justifies: %s", e.what());
  } catch (...) {
    broken("an exception of a type that nobody throws");
  }
}

}  // namespace threadmark::faults
