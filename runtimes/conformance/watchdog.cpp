#include "conformance/watchdog.hpp"

#include <cstdio>
#include <cstdlib>

namespace threadmark::conformance {

watchdog::watchdog(std::chrono::seconds limit) : limit_(limit), thread_([this] { watch(); }) {}

watchdog::~watchdog() {
  {
    std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void watchdog::OnTestStart(const testing::TestInfo& test) {
  {
    std::lock_guard guard(mutex_);
    running_ = std::string(test.test_suite_name()) + "." + test.name();
    ++number_;
  }
  changed_.notify_one();
}

void watchdog::OnTestEnd(const testing::TestInfo&) {
  {
    std::lock_guard guard(mutex_);
    running_.clear();
  }
  changed_.notify_one();
}

void watchdog::watch() {
  std::unique_lock guard(mutex_);
  while (!stopping_) {
    if (running_.empty()) {
      changed_.wait(guard);
      continue;
    }
    const unsigned watched = number_;
    const bool ended =
        changed_.wait_for(guard, limit_, [&] { return stopping_ || running_.empty() || number_ != watched; });
    if (ended) continue;
    std::fprintf(stderr, "conformance: %s hangs: no end after %lld s\n", running_.c_str(),
                 static_cast<long long>(limit_.count()));
    std::abort();
  }
}

}  // namespace threadmark::conformance
