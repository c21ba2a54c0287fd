// Five workers square the numbers from 1 to 100; what they send back is added up.
#include <iostream>
#include <mn/mn.hpp>

int main() {
  mn::runtime rt;
  rt.run([] {
    mn::channel<int> jobs, results;
    mn::wait_group workers;
    for (int i = 0; i < 5; ++i)
      workers.go([=] {
        for (int n : jobs) results.send(n * n);
      });
    mn::go([=] {
      for (int n = 1; n <= 100; ++n) jobs.send(n);
      jobs.close();
    });
    mn::go([&, results] {
      workers.wait();
      results.close();
    });
    int sum = 0;
    for (int square : results) sum += square;
    std::cout << sum << '\n';
  });
}
