// One fiber counts until it is told to stop; who reads has seen enough after five.
#include <boost/fiber/all.hpp>
#include <iostream>

int main() {
  boost::fibers::unbuffered_channel<int> numbers;
  boost::fibers::fiber counter([&] {
    for (int n = 1; numbers.push(n) == boost::fibers::channel_op_status::success; ++n) {
    }
  });
  for (int i = 0; i < 5; ++i) std::cout << numbers.value_pop() << '\n';
  numbers.close();
  counter.join();
  std::cout << "stopped\n";
}
