// Five workers square the numbers from 1 to 100; what they send back is added up.
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <optional>
#include <queue>
#include <thread>
#include <vector>

/// Several threads put values in and take them out; once it is closed, takers get what is left, and then nothing.
class queue_of_jobs {
 public:
  void put(int value) {
    {
      std::lock_guard hold(lock_);
      values_.push(value);
    }
    changed_.notify_one();
  }
  std::optional<int> take() {
    std::unique_lock hold(lock_);
    changed_.wait(hold, [&] { return closed_ || !values_.empty(); });
    if (values_.empty()) return std::nullopt;
    const int value = values_.front();
    values_.pop();
    return value;
  }
  void close() {
    {
      std::lock_guard hold(lock_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  std::queue<int> values_;
  bool closed_ = false;
};

int main() {
  queue_of_jobs jobs, results;
  std::vector<std::thread> workers;
  for (int i = 0; i < 5; ++i)
    workers.emplace_back([&] {
      while (const auto n = jobs.take()) results.put(*n * *n);
    });
  for (int n = 1; n <= 100; ++n) jobs.put(n);
  jobs.close();
  for (auto& worker : workers) worker.join();
  results.close();
  int sum = 0;
  while (const auto square = results.take()) sum += *square;
  std::cout << sum << '\n';
}
