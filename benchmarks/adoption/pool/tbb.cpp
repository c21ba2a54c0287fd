// At most five at a time square the numbers from 1 to 100; what they make is added up.
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_reduce.h>
#include <oneapi/tbb/task_arena.h>

#include <functional>
#include <iostream>

int main() {
  tbb::task_arena five(5);
  const int sum = five.execute([] {
    return tbb::parallel_reduce(
        tbb::blocked_range<int>(1, 101), 0,
        [](const tbb::blocked_range<int>& some, int so_far) {
          for (int n = some.begin(); n != some.end(); ++n) so_far += n * n;
          return so_far;
        },
        std::plus<>());
  });
  std::cout << sum << '\n';
}
