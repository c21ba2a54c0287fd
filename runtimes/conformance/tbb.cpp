#include <unistd.h>

#include <mutex>
#include <set>

#include "tbb/tbb_model.hpp"

namespace threadmark::conformance {
using model_under_test = tbb_model;
}
#include "conformance/all_rules.hpp"

namespace threadmark::conformance {

TEST(tbb, tasks_that_block_leave_the_workers_free) {
  std::mutex mutex;
  std::set<pid_t> threads;
  the_runtime().run([&] {
    tbb_model::channel<int> gate(0);
    tbb_model::wait_group arrived;
    arrived.add(50);
    for (int i = 0; i < 50; ++i) {
      tbb_model::go([&, gate]() mutable {
        {
          std::lock_guard guard(mutex);
          threads.insert(gettid());
        }
        arrived.done();
        (void)gate.recv();
      });
    }
    arrived.wait();
    gate.close();
  });
  EXPECT_LE(threads.size(), cores());
}

}  // namespace threadmark::conformance
