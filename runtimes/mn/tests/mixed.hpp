// Work that tasks and plain threads do at the same time, and the seed of tests that draw lots.
#pragma once

#include <mutex>
#include <thread>
#include <vector>

#include "on_cores.hpp"
#include "seed.hpp"

/// A small generator for each who draws lots, from the seed and its number.
class lots {
 public:
  explicit lots(int who) : state_(seed() * 2654435761u + static_cast<unsigned>(who) * 40503u + 1) {}
  /// Below `bound`.
  unsigned operator()(unsigned bound) {
    state_ = state_ * 1664525u + 1013904223u;
    return (state_ >> 8) % bound;
  }

 private:
  unsigned state_;
};

/// What tasks note down, in the order in which they do, for a test that looks at it meanwhile: yields order nobody.
template <class T>
class notes {
 public:
  void add(T what) {
    std::lock_guard hold(lock_);
    all_.push_back(what);
  }
  std::vector<T> all() {
    std::lock_guard hold(lock_);
    return all_;
  }

 private:
  std::mutex lock_;
  std::vector<T> all_;
};

/// Calls work(0) ... work(tasks + threads - 1) at the same time: the first in tasks, the others in plain threads.
template <class Work>
void run_mixed(unsigned cores, int tasks, int threads, Work work) {
  mn::runtime rt({.cores = cores});
  std::vector<std::thread> plain;
  plain.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) plain.emplace_back([&work, who = tasks + i] { work(who); });
  rt.run([&] {
    for (int i = 0; i < tasks; ++i) mn::go([&work, i] { work(i); });
  });
  for (auto& t : plain) t.join();
  const auto s = rt.stats();
  EXPECT_EQ(s.tasks_started, s.tasks_ended);
}

/// body(cores) on 1, 2 and 4 cores; what it prints on failure names the seed.
template <class Body>
void on_each_number_of_cores(Body body) {
  for (unsigned cores : {1u, 2u, 4u}) {
    SCOPED_TRACE(testing::Message() << cores << " cores, MN_SEED=" << seed());
    body(cores);
  }
}
