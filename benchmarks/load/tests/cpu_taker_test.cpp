// A part of a process's CPUs that is taken from it, and given back.
#include "load/trial/cpu_taker.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "available.hpp"
#include "load/trial/misconfigured.hpp"
#include "load/trial/server_process.hpp"
#include "sleeper.hpp"

using namespace std::chrono_literals;
using namespace threadmark::load;

namespace {

/// A process that uses all it gets of the one CPU that it may run on.
class spinner {
 public:
  spinner() : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    cpu_set_t all;
    sched_getaffinity(0, sizeof all, &all);
    int first = 0;
    while (!CPU_ISSET(first, &all)) ++first;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    sched_setaffinity(0, sizeof one, &one);
    for (volatile unsigned turns = 0;;) turns = turns + 1;
  }
  spinner(const spinner&) = delete;
  spinner& operator=(const spinner&) = delete;
  ~spinner() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

}  // namespace

TEST(cpu_taker, takes_what_it_says_of_each_cpu_and_counts_it) {
  if (const auto why = why_no_taker(); !why.empty()) GTEST_SKIP() << why;
  const spinner busy;
  const server_process seen(busy.pid());
  while (seen.cpus() != 1) std::this_thread::sleep_for(1ms);
  for (const int share : {25, 50, 90}) {
    const cpu_taker taker(busy.pid(), share);
    EXPECT_EQ(taker.cpus(), 1u);
    const auto begin = std::chrono::steady_clock::now();
    const double taken = taker.taken_seconds(), used = seen.cpu_seconds();
    std::this_thread::sleep_for(400ms);
    const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const double taken_now = taker.taken_seconds() - taken, used_now = seen.cpu_seconds() - used;
    // Never more than it says. Less where the machine itself was kept from running: what it has missed it does not make
    // up for. So too where another takes from the same CPU with the same priority, which is why this test runs alone.
    EXPECT_LE(taken_now / passed, 1 - share / 100.0 + 0.05) << share;
    EXPECT_GE(taken_now / passed, (1 - share / 100.0) / 4) << share;
    EXPECT_GT(used_now, 0) << share;
  }
}

TEST(cpu_taker, takes_from_every_cpu_of_the_process) {
  if (const auto why = why_no_taker(); !why.empty()) GTEST_SKIP() << why;
  const sleeper one;
  EXPECT_EQ(cpu_taker(one.pid(), 50).cpus(), server_process(one.pid()).cpus());
}

TEST(cpu_taker, gives_back_when_it_ends) {
  if (const auto why = why_no_taker(); !why.empty()) GTEST_SKIP() << why;
  const sleeper one;
  const auto threads = [] {
    std::size_t n = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) n += entry.exists();
    return n;
  };
  const auto before = threads();
  {
    const cpu_taker taker(one.pid(), 50);
    EXPECT_EQ(threads(), before + taker.cpus());
  }
  EXPECT_EQ(threads(), before);
}

TEST(cpu_taker, of_a_process_that_is_not_there_is_misconfigured) {
  sleeper one;
  const pid_t gone = one.pid();
  one.end();
  try {
    const cpu_taker taker(gone, 50);
    FAIL() << "it took from nobody";
  } catch (const misconfigured& e) {
    EXPECT_NE(std::string(e.what()).find("share_percent:100 needs neither"), std::string::npos) << e.what();
  }
}
