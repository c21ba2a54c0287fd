#include <algorithm>
#include <vector>

#include "stress/faults/victim/crew.hpp"
#include "stress/faults/victim/work.hpp"

namespace threadmark::faults {
namespace {

struct flood_counts {
  std::atomic<long> budget, started = 0, ran = 0;
};

void grow(flood_counts& all, unsigned children) noexcept {
  for (unsigned i = 0; i < children; ++i) {
    if (all.budget.fetch_sub(1, std::memory_order_relaxed) <= 0) return;
    all.started.fetch_add(1, std::memory_order_relaxed);
    const bool goes = attempt([&] {
      mn::go([&all, children] {
        grow(all, children);
        all.ran.fetch_add(1, std::memory_order_release);
      });
    });
    if (!goes) all.started.fetch_sub(1, std::memory_order_relaxed);
  }
}

void flood_of_tasks(dice& random) {
  flood_counts all{.budget = static_cast<long>(1 + random.below(3000))};
  const auto children = static_cast<unsigned>(1 + random.below(6));
  while (all.budget.load(std::memory_order_relaxed) > 0) grow(all, children);
  while (all.ran.load(std::memory_order_acquire) != all.started.load(std::memory_order_relaxed)) mn::yield();
}

struct refused {};

void joins(dice& random) {
  const std::uint64_t n = 1 + random.below(200);
  std::vector<mn::join_handle<std::uint64_t>> handles;
  handles.reserve(n);
  for (std::uint64_t i = 0; i < n; ++i) {
    attempt([&] {
      handles.push_back(mn::spawn([i] {
        if (i % 5 == 0) mn::yield();
        if (i % 7 == 6) throw refused();
        return i * i;
      }));
    });
  }
  std::uint64_t values = 0, exceptions = 0, sum = 0, started = handles.size();
  for (auto& h : handles) {
    try {
      sum += h.join();
      ++values;
    } catch (const refused&) {
      ++exceptions;
    }
  }
  if (values + exceptions != started) broken("%lu tasks joined of %lu", values + exceptions, started);
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < n; ++i) expected += i % 7 == 6 ? 0 : i * i;
  if (started == n && sum != expected) broken("the joined results sum up to %lu instead of %lu", sum, expected);
}

}  // namespace

void flood(dice random) {
  if (random.below(2) == 0) {
    flood_of_tasks(random);
  } else {
    joins(random);
  }
}

}  // namespace threadmark::faults
