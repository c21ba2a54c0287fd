#include <cstdio>
#include <cstdlib>
#include <chrono>
#include "stress/faults/victim/runtimes.hpp"
#include "stress/faults/victim/happened.hpp"
using namespace threadmark::faults;
using namespace std::chrono_literals;
int main(int argc, char** argv) {
  double secs = atof(argv[1]); unsigned long seed = strtoul(argv[2],0,10); unsigned cores = argc>3?atoi(argv[3]):1;
  auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(secs);
  dice random(seed*2+1); unsigned long n=0;
  mn::runtime rt({.cores=cores,.stack_bytes=64*1024,.trim_stacks_after=2ms,.spare_threads=27,.chaos_seed=random()});
  while (std::chrono::steady_clock::now() < end) {
    auto s = random(); work_round(rt, dice(s), [](std::size_t){});
    short_lived_runtime(dice(random()), cores); ++n;
    if (n % 1000 == 0) fprintf(stderr, "%lu\n", n);
  }
  printf("%lu rounds\n", n);
}
