#include <chrono>
#include <thread>

#include "stress/faults/victim/crew.hpp"
#include "stress/faults/victim/work.hpp"

namespace threadmark::faults {
namespace {

using namespace std::chrono_literals;

/// Keeps its thread until another task has run: as a read from a pipe does into which another task writes.
void wait_for_another(const std::atomic<bool>& fed, bool said) {
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (!fed.load(std::memory_order_acquire)) {
    std::this_thread::sleep_for(100us);
    if (std::chrono::steady_clock::now() > end) {
      broken("for 10 s nobody has run the task that one %s waits for",
             said ? "in blocking()" : "that keeps its thread");
    }
  }
}

}  // namespace

void kept_threads(dice random) {
  const auto d = std::chrono::microseconds(random.below(3000));
  std::atomic<bool> fed = false;
  crew all;
  all.start([&, d] { mn::blocking([d] { std::this_thread::sleep_for(d); }); });
  all.start([d] { std::this_thread::sleep_for(d); });
  const bool said = random.below(2) == 0;
  const bool waits = all.start([&fed, said] {
    if (said) {
      mn::blocking([&] { wait_for_another(fed, said); });
    } else {
      wait_for_another(fed, said);
    }
  });
  const bool feeds = all.start([&fed] { fed.store(true, std::memory_order_release); });
  if (waits && !feeds) fed = true;
  all.wait();
}

}  // namespace threadmark::faults
