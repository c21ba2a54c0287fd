// Five workers share a hundred jobs; a wait group says when the results are complete.
#include <iostream>
#include <mn/mn.hpp>

int main() {
  mn::runtime rt;
  rt.run([] {
    mn::channel<int> jobs(16);
    mn::channel<int> results(16);

    mn::wait_group workers;
    for (int i = 0; i < 5; ++i) {
      workers.go([=] {
        for (int job : jobs) results.send(job * job);
      });
    }
    mn::go([=] {
      for (int job = 1; job <= 100; ++job) jobs.send(job);
      jobs.close();
    });
    mn::go([&, results] {
      workers.wait();
      results.close();
    });

    int count = 0, sum = 0;
    for (int r : results) {
      ++count;
      sum += r;
    }
    std::cout << count << " results, their sum is " << sum << '\n';
  });
}
