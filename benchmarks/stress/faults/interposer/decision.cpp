#include "stress/faults/interposer/decision.hpp"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <cstdlib>

#include "stress/faults/interposer/line.hpp"
#include "stress/faults/interposer/next.hpp"
#include "stress/faults/interposer/settings.hpp"

namespace threadmark::faults {
namespace {

// Written before main() begins; what is called until then is let through, and not counted.
constinit settings asked;
constinit std::atomic<bool> works{false};
constinit counts all{};

// S. Vigna's splitmix64 (public domain): neighbouring inputs give unrelated results.
std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Apart, so that a call that is let through needs little stack.
[[gnu::noinline]] void tell(unsigned kind, std::uint64_t n, int error) noexcept {
  line l;
  l << "threadmark_faults: " << call_names[kind] << " " << n << ": "
    << (error == for_nothing ? "returns for nothing" : strerrorname_np(error));
  l.write_error();
}

[[gnu::destructor]] void end() noexcept {
  report();
}

}  // namespace

void begin() noexcept {
  const char* text = std::getenv("THREADMARK_FAULTS");
  if (!text || !*text) return;
  asked = read_settings(text);
  // Children inherit the environment, so a program that starts others can be tried without them, and they without it.
  if (!asked.program.empty() && asked.program != program_invocation_short_name) return;
  works.store(true, std::memory_order_release);
}

int fault(call kind, std::initializer_list<int> errors) noexcept {
  if (!works.load(std::memory_order_acquire)) return 0;
  const auto at = static_cast<unsigned>(kind);
  const std::uint64_t n = all[at].seen.fetch_add(1, std::memory_order_relaxed);
  if (!(asked.calls >> at & 1) || n < asked.after) return 0;
  const std::uint64_t drawn = mix(mix(asked.seed * call_names.size() + at) + n);
  if (drawn % asked.one_in != 0) return 0;
  all[at].failed.fetch_add(1, std::memory_order_relaxed);
  const int error = errors.begin()[(drawn >> 40) % errors.size()];
  if (asked.log) tell(at, n, error);
  return error;
}

void report() noexcept {
  const char* file = std::getenv("THREADMARK_FAULTS_REPORT");
  if (!works.load(std::memory_order_acquire) || !file || !*file) return;
  line l;
  l << R"({"program":")" << program_invocation_short_name << R"(","process":)" << static_cast<std::uint64_t>(getpid())
    << R"(,"calls":{)";
  bool first = true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::uint64_t seen = all[i].seen.load(std::memory_order_relaxed);
    if (seen == 0) continue;
    l << (first ? "\"" : ",\"") << call_names[i] << R"(":{"seen":)" << seen << R"(,"failed":)"
      << all[i].failed.load(std::memory_order_relaxed) << "}";
    first = false;
  }
  l << "}}";
  const int fd = THREADMARK_NEXT(open)(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return;
  l.write(fd);
  close(fd);
}

}  // namespace threadmark::faults

/// The report so far, for a program that ends by _exit(), and for a debugger: `call (void)threadmark_faults_report()`.
extern "C" [[gnu::visibility("default")]] void threadmark_faults_report() {
  threadmark::faults::report();
}
