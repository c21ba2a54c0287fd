// One task counts until it is told to stop; who reads has seen enough after five.
#include <oneapi/tbb/concurrent_queue.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <iostream>

int main() {
  tbb::task_arena arena(2);  // a worker for the task besides the thread that reads, which blocks
  tbb::task_group counting;
  tbb::concurrent_bounded_queue<int> numbers;
  numbers.set_capacity(1);
  arena.enqueue(counting.defer([&] {
    for (int n = 1; !tbb::is_current_task_group_canceling(); ++n) numbers.push(n);
  }));
  for (int i = 0; i < 5; ++i) {
    int n = 0;
    numbers.pop(n);
    std::cout << n << '\n';
  }
  counting.cancel();
  int left = 0;
  numbers.try_pop(left);  // room for the one that it may be waiting with
  arena.execute([&] { counting.wait(); });
  std::cout << "stopped\n";
}
