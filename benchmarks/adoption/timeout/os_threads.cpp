// Two calls, one quick and one slow; who waits for their answers gives up after 50 ms.
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>

using namespace std::chrono_literals;

/// The callers' as well as the main thread's: the slow call may come back when nobody waits any more.
struct answers_so_far {
  std::mutex lock;
  std::condition_variable changed;
  std::queue<int> names;
};

int main() {
  const auto answers = std::make_shared<answers_so_far>();
  const auto call = [&](int name, std::chrono::milliseconds takes) {
    std::thread([answers, name, takes] {
      std::this_thread::sleep_for(takes);
      {
        std::lock_guard hold(answers->lock);
        answers->names.push(name);
      }
      answers->changed.notify_one();
    }).detach();
  };
  call(1, 1ms);
  call(2, 10s);
  const auto patience = std::chrono::steady_clock::now() + 50ms;
  std::unique_lock hold(answers->lock);
  while (answers->changed.wait_until(hold, patience, [&] { return !answers->names.empty(); })) {
    std::cout << "got " << answers->names.front() << '\n';
    answers->names.pop();
  }
  std::cout << "gave up\n";
}
