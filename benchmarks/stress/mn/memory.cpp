#include "stress/mn/memory.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

namespace threadmark::stress {

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0, resident = 0, shared = 0;
  if (!(statm >> size >> resident >> shared)) return 0;
  return (resident - shared) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

namespace {

/// What a steady state may differ by: what the allocator cannot give back, and a page or two for each worker.
bool has_stayed(std::size_t base, std::size_t now) {
  return now <= base + base / 4 + (std::size_t{4} << 20);
}

}  // namespace

memory_watch::memory_watch(stress_run& run) : run_(run) {
  using namespace std::chrono_literals;
  run.outcomes.name("memory returned to its base", grade::acceptable);
  run.outcomes.name("memory grew", grade::forbidden);
  const auto begun = std::chrono::steady_clock::now();
  next_look_ = begun + (run.end - begun) / 10;
  pause_ = std::max<std::chrono::steady_clock::duration>((run.end - begun) / 20, 1s);
}

void memory_watch::look_if_due() {
  using namespace std::chrono_literals;
  if (std::chrono::steady_clock::now() < next_look_) return;
  std::this_thread::sleep_for(500ms);
  malloc_trim(0);  // what the allocator keeps of what was freed is not the runtime's
  const std::size_t now = resident_bytes();
  if (base_ == 0) {
    base_ = now;
  } else {
    run_.outcomes.add(has_stayed(base_, now) ? "memory returned to its base" : "memory grew");
  }
  next_look_ = std::chrono::steady_clock::now() + pause_;
}

}  // namespace threadmark::stress
