// One thread counts until it is told to stop; who reads has seen enough after five.
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

int main() {
  std::mutex lock;
  std::condition_variable_any changed;
  std::optional<int> next;
  std::jthread counter([&](const std::stop_token& told) {
    for (int n = 1;; ++n) {
      std::unique_lock hold(lock);
      if (!changed.wait(hold, told, [&] { return !next; })) return;
      next = n;
      changed.notify_one();
    }
  });
  for (int i = 0; i < 5; ++i) {
    std::unique_lock hold(lock);
    changed.wait(hold, [&] { return next.has_value(); });
    std::cout << *next << '\n';
    next.reset();
    changed.notify_one();
  }
  counter.request_stop();
  counter.join();
  std::cout << "stopped\n";
}
