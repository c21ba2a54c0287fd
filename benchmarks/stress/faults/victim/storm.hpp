// Signals during the work, with handlers that only count: SIGPROF at 1 kHz, SIGCHLD by children that end at once,
// SIGINT, and SIGQUIT where mn answers it with a dump.
#pragma once

#include <time.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <thread>

#include "mn/mn.hpp"

namespace threadmark::faults {

class signal_storm {
 public:
  signal_storm();
  /// The handlers stay, as what is still on its way must find them.
  ~signal_storm();
  signal_storm(const signal_storm&) = delete;
  signal_storm& operator=(const signal_storm&) = delete;

  static constexpr std::array<std::string_view, 4> names = {"SIGPROF", "SIGCHLD", "SIGINT", "SIGQUIT"};
  /// How often each was handled; SIGQUIT, which mn handles: how often it was sent.
  [[nodiscard]] static std::uint64_t handled(std::size_t signal) noexcept;

 private:
  void send() noexcept;

  std::optional<mn::runtime> answers_sigquit_;  ///< SIGQUIT ends the program where no runtime lives
  std::optional<timer_t> profiler_;
  std::atomic<bool> over_ = false;
  std::thread sender_;
};

}  // namespace threadmark::faults
