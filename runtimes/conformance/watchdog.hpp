// Turns a test that hangs into one that fails, with a line that says which: a lost wake-up otherwise looks like
// patience.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace threadmark::conformance {

/// Ends the process when a test takes longer than the limit. A thread of its own, because the model's may all be stuck.
class watchdog : public testing::EmptyTestEventListener {
 public:
  explicit watchdog(std::chrono::seconds limit);
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog() override;

  void OnTestStart(const testing::TestInfo& test) override;
  void OnTestEnd(const testing::TestInfo& test) override;

 private:
  void watch();

  const std::chrono::seconds limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string running_;  // empty: no test is running
  unsigned number_ = 0;  // tells one test from the next, even when a test is repeated
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace threadmark::conformance
