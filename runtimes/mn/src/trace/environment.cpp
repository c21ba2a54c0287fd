#include "trace/environment.hpp"

#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "os/os.hpp"

namespace mn::detail {

void complain(const std::string& line) noexcept {
  (void)std::fprintf(stderr, "%s\n", line.c_str());
}

std::string trace_path(const std::string& pattern, unsigned number, int process) {
  std::string path;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.compare(i, 2, "%p") == 0) {
      path += std::to_string(process);
      ++i;
    } else {
      path += pattern[i];
    }
  }
  if (number == 1) return path;
  const auto name = path.rfind('/') + 1;  // 0 where there is none
  const auto dot = path.rfind('.');
  const bool extended = dot != std::string::npos && dot > name;
  return path.insert(extended ? dot : path.size(), "." + std::to_string(number));
}

std::optional<trace_wanted> trace_wanted_by_environment() {
  const char* pattern = std::getenv("MN_TRACE");
  if (!pattern || !*pattern) return std::nullopt;
  static std::atomic<unsigned> traces{0};
  // Relaxed: only that the numbers differ matters.
  const unsigned number = traces.fetch_add(1, std::memory_order_relaxed) + 1;
  trace_wanted wanted{trace_path(pattern, number, os::process_id()), {}};
  if (const char* events = std::getenv("MN_TRACE_EVENTS"); events && *events) {
    std::size_t n = 0;
    const char* end = events + std::strlen(events);
    const auto read = std::from_chars(events, end, n);
    if (read.ec == std::errc{} && read.ptr == end) {
      wanted.options.events_per_worker = n;
    } else {
      complain("mn: MN_TRACE_EVENTS=" + std::string(events) + " is not a number; it has no effect");
    }
  }
  return wanted;
}

}  // namespace mn::detail
