// Tasks that somebody started and waits for: all that were started have run when it goes.
#pragma once

#include <atomic>
#include <utility>

#include "mn/mn.hpp"
#include "stress/faults/victim/happened.hpp"

namespace threadmark::faults {

class crew {
 public:
  crew() = default;
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;
  ~crew() { wait(); }

  /// Starts a task that attempts f. False where mn refuses it; then f will not run.
  template <class F>
  bool start(F f) noexcept {
    return attempt([&] {
      group_.go([this, f = std::move(f)]() mutable {
        ran_.fetch_add(1, std::memory_order_relaxed);
        attempt(f);
      });
      ++started_;
    });
  }

  /// By the task that started them.
  void wait() noexcept {
    group_.wait();
    if (ran_.load() != started_) broken("%ld tasks were started, and %ld have run", started_, ran_.load());
  }

 private:
  mn::wait_group group_;
  std::atomic<long> ran_ = 0;
  long started_ = 0;
};

}  // namespace threadmark::faults
