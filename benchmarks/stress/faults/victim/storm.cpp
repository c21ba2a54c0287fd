#include "stress/faults/victim/storm.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "stress/faults/victim/happened.hpp"

namespace threadmark::faults {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

std::array<std::atomic<std::uint64_t>, signal_storm::names.size()> counts{};

void on_signal(int signal) {
  counts[signal == SIGPROF ? 0 : signal == SIGCHLD ? 1 : 2].fetch_add(1, std::memory_order_relaxed);
}

/// Without SA_RESTART: what is interrupted finds EINTR where the system has no other way.
void handle(int signal) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

/// By the monotonic clock: a profiling timer that counts CPU time goes off with the kernel's tick, 250 times a second.
std::optional<timer_t> profile() {
  sigevent how{};
  how.sigev_notify = SIGEV_SIGNAL;
  how.sigev_signo = SIGPROF;
  timer_t timer;
  if (timer_create(CLOCK_MONOTONIC, &how, &timer) != 0) return {};
  constexpr itimerspec every{.it_interval = {0, 1'000'000}, .it_value = {0, 1'000'000}};
  timer_settime(timer, 0, &every, nullptr);
  return timer;
}

void short_lived_child() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  while (child > 0 && waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

signal_storm::signal_storm() {
  for (const int signal : {SIGPROF, SIGCHLD, SIGINT}) handle(signal);
  for (int tries = 0; tries < 10 && !answers_sigquit_; ++tries) {
    attempt([&] { answers_sigquit_.emplace(mn::options{.cores = 1}); });
  }
  profiler_ = profile();
  for (int tries = 0; tries < 10 && !sender_.joinable(); ++tries) {
    attempt([&] { sender_ = std::thread([this] { send(); }); });
  }
}

signal_storm::~signal_storm() {
  if (profiler_) timer_delete(*profiler_);
  over_ = true;
  if (sender_.joinable()) sender_.join();
}

void signal_storm::send() noexcept {
  // A second SIGQUIT before the first one's dump is written would end the program, as mn documents it.
  auto quit_at = clock::now() + 200ms;
  for (unsigned n = 0; !over_; ++n) {
    std::this_thread::sleep_for(2ms);
    kill(getpid(), SIGINT);
    if (n % 8 == 0) short_lived_child();
    if (!answers_sigquit_ || clock::now() < quit_at) continue;
    counts[3].fetch_add(1, std::memory_order_relaxed);
    raise(SIGQUIT);  // to this thread, so that it is handled while the runtime is there
    quit_at = clock::now() + 10s;
  }
}

std::uint64_t signal_storm::handled(std::size_t signal) noexcept {
  return counts[signal].load(std::memory_order_relaxed);
}

}  // namespace threadmark::faults
