// Data races, planted, for race_detector_rules.hpp: `races KIND` has one, `races KIND clean` does the same with
// whatever was left out. Built with ThreadSanitizer, on OS threads. Go has its twin in
// runtimes/go/conformance/testdata/races.
#include <array>
#include <atomic>
#include <cstdio>
#include <numeric>
#include <string_view>
#include <vector>

#include "os_threads/os_threads_model.hpp"

namespace {

using model = threadmark::os_threads_model;

/// Of two accesses at the very same moment ThreadSanitizer may see none: it keeps its notes without locks.
constexpr int many = 100;

/// Two tasks, and the end of both. Neither begins before both are there: starting the second takes locks that the end
/// of the first takes too, which would order them. (Relaxed: this must order nothing itself.)
template <class One, class Another>
void both(One one, Another another) {
  std::atomic<int> there{0};
  model::wait_group ended;
  ended.add(2);
  const auto start = [&](auto body) {
    model::go([&, body] {
      there.fetch_add(1, std::memory_order_relaxed);
      while (there.load(std::memory_order_relaxed) < 2) model::yield();
      body();
      ended.done();
    });
  };
  start(one);
  start(another);
  ended.wait();
}

void counter(bool clean) {
  int count = 0;
  model::mutex lock;
  const auto add = [&] {
    for (int i = 0; i < many; ++i) {
      if (clean) lock.lock();
      ++count;
      if (clean) lock.unlock();
    }
  };
  both(add, add);
}

void published(bool clean) {
  std::array<int, many> values{};
  model::channel<int> ready(std::size_t{1});
  both(
      [&] {
        values.fill(1);
        ready.send(1);
      },
      [&] {
        if (clean) (void)ready.recv();
        std::fprintf(stderr, "%d values\n", std::accumulate(values.begin(), values.end(), 0));
      });
}

void appended(bool clean) {
  std::vector<int> list;
  model::channel<int> turn(std::size_t{1});
  if (clean) turn.send(0);
  const auto append = [&] {
    if (clean) (void)turn.recv();
    for (int i = 0; i < many; ++i) list.push_back(1);
    if (clean) turn.send(0);
  };
  both(append, append);
}

/// Both tasks are ordered with the one that wakes them, which does not order them with each other.
void woken(bool clean) {
  int shared = 0;
  model::channel<int> first(std::size_t{0}), second(std::size_t{0}), done(std::size_t{1});
  model::go([&] {
    first.send(1);
    second.send(1);
  });
  both(
      [&] {
        (void)first.recv();
        for (int i = 0; i < many; ++i) ++shared;
        done.send(1);
      },
      [&] {
        (void)second.recv();
        if (clean) (void)done.recv();
        for (int i = 0; i < many; ++i) ++shared;
      });
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view kind = count > 1 ? arguments[1] : "";
  const bool clean = count > 2 && std::string_view(arguments[2]) == "clean";
  model::runtime runtime({.cores = 1, .variant = {}});
  void (*const race)(bool) = kind == "counter"     ? &counter
                             : kind == "published" ? &published
                             : kind == "appended"  ? &appended
                             : kind == "woken"     ? &woken
                                                   : nullptr;
  if (race == nullptr) {
    std::fputs("usage: races counter|published|appended|woken [clean]\n", stderr);
    return 2;
  }
  runtime.run([&] { race(clean); });
}
