#include <chrono>
#include <cstdio>
#include <thread>
#include <unistd.h>
#include "mn/mn.hpp"
using namespace std::chrono_literals;
int main() {
  mn::runtime rt({.cores = 1});
  for (int i = 0; i < 400; ++i) {
    alarm(20);
    rt.run([&] {
      for (int k = 0; k < 3; ++k)
        mn::go([i, k] { std::this_thread::sleep_for(10ms + std::chrono::microseconds((i * 37 + k * 501) % 4000)); });
    });
  }
  std::puts("done");
}
