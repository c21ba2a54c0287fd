// n tasks are alive at once, each with a small request in its hands, on a machine of so much memory.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <model.hpp>
#include <string>

#include "deep_stack.hpp"
#include "trial.hpp"

namespace threadmark::workloads {

/// Nothing is timed. `memory_mb` is the conductor's to enforce; here it is only checked to be there.
struct laptop {
  static constexpr std::string_view name = "laptop";
  static constexpr bool cold = true;
  static constexpr std::size_t request_bytes = 1024;
  static constexpr std::uint64_t frames = 2048 / frame_bytes;

  explicit laptop(const parameters& values) : n(positive(values, "n")), memory_mb(positive(values, "memory_mb")) {}

  template <threading_model M>
  void iterate(trial& t) const {
    typename M::template channel<int> gate{std::size_t{0}};
    typename M::wait_group arrived, ended;
    std::atomic<std::uint64_t> whole{0};  // relaxed: `ended` orders every addition before the check
    t.clock_on();
    t.snapshot("baseline", 0);
    arrived.add(static_cast<std::ptrdiff_t>(n));
    ended.add(static_cast<std::ptrdiff_t>(n));
    for (std::uint64_t i = 0; i < n; ++i)
      start<M>([&, i] {
        const auto fill = static_cast<unsigned char>(i);
        const auto request = std::make_unique<unsigned char[]>(request_bytes);
        std::fill_n(request.get(), request_bytes, fill);
        auto nothing = [] {};
        const bool deep = go_deep(frames, i, nothing) == right_depth_sum(frames, i);
        arrived.done();
        (void)gate.recv();
        if (deep && std::all_of(request.get(), request.get() + request_bytes, [&](auto byte) { return byte == fill; }))
          whole.fetch_add(1, std::memory_order_relaxed);
        ended.done();
      });
    arrived.wait();
    M::sleep_for(settle);
    t.snapshot("parked", n);
    gate.close();
    ended.wait();
    t.clock_off();
    if (const auto right = whole.load(std::memory_order_relaxed); right != n)
      t.reject("laptop: " + std::to_string(right) + " of " + std::to_string(n) + " requests are as they were");
  }

  std::uint64_t n;
  std::uint64_t memory_mb;
};

}  // namespace threadmark::workloads
