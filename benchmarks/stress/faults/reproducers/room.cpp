#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include "mn/mn.hpp"
using namespace std::chrono_literals;
int main() {
  mn::runtime rt({.cores = 1, .spare_threads = 1});
  for (int i = 0; i < 5; ++i) {
    std::atomic<bool> fed{false};
    rt.run([&] {
      mn::go([&] { fed = true; });                       // runs second: the newest fresh task first
      mn::go([&] { for (int k = 0; k < 2000 && !fed; ++k) std::this_thread::sleep_for(100us); if (!fed) std::printf("round %d: not fed in 0.2 s\n", i); });
    });
  }
  std::printf("refused %lu, threads %lu\n", (unsigned long)rt.stats().spares_refused, (unsigned long)rt.stats().threads);
}
