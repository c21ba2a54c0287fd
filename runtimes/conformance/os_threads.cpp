#include <unistd.h>

#include <set>

#include "os_threads/os_threads_model.hpp"

namespace threadmark::conformance {
using model_under_test = os_threads_model;
}
#include "conformance/all_rules.hpp"

namespace threadmark::conformance {

TEST(os_threads, every_task_is_a_thread_of_the_kernel) {
  std::mutex mutex;
  std::set<pid_t> threads;
  the_runtime().run([&] {
    os_threads_model::channel<int> gate(0);
    for (int i = 0; i < 10; ++i) {
      os_threads_model::go([&, gate]() mutable {
        {
          std::lock_guard guard(mutex);
          threads.insert(gettid());
        }
        (void)gate.recv();
      });
    }
    while (true) {
      std::lock_guard guard(mutex);
      if (threads.size() == 10) break;
    }
    gate.close();
  });
  EXPECT_EQ(threads.size(), 10U);
}

}  // namespace threadmark::conformance
