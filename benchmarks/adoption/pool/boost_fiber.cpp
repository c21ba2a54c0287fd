// Five workers square the numbers from 1 to 100; what they send back is added up.
#include <boost/fiber/all.hpp>
#include <iostream>
#include <vector>

int main() {
  boost::fibers::unbuffered_channel<int> jobs, results;
  std::vector<boost::fibers::fiber> workers;
  for (int i = 0; i < 5; ++i)
    workers.emplace_back([&] {
      for (int n : jobs) results.push(n * n);
    });
  boost::fibers::fiber source([&] {
    for (int n = 1; n <= 100; ++n) jobs.push(n);
    jobs.close();
  });
  boost::fibers::fiber closer([&] {
    for (auto& worker : workers) worker.join();
    results.close();
  });
  int sum = 0;
  for (int square : results) sum += square;
  source.join();
  closer.join();
  std::cout << sum << '\n';
}
