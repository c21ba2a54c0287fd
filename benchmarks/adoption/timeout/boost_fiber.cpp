// Two calls, one quick and one slow; who waits for their answers gives up after 50 ms.
#include <boost/fiber/all.hpp>
#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

int main() {
  boost::fibers::buffered_channel<int> answers(2);
  boost::fibers::condition_variable gave_up;
  boost::fibers::mutex lock;
  bool over = false;
  const auto call = [&](int name, std::chrono::milliseconds takes) {
    return boost::fibers::fiber([&, name, takes] {
      std::unique_lock hold(lock);
      if (!gave_up.wait_for(hold, takes, [&] { return over; })) answers.push(name);
    });
  };
  auto quick = call(1, 1ms), slow = call(2, 10s);
  const auto patience = std::chrono::steady_clock::now() + 50ms;
  int name = 0;
  while (answers.pop_wait_until(name, patience) == boost::fibers::channel_op_status::success)
    std::cout << "got " << name << '\n';
  std::cout << "gave up\n";
  {
    std::lock_guard hold(lock);
    over = true;
  }
  gave_up.notify_all();
  quick.join();
  slow.join();
}
