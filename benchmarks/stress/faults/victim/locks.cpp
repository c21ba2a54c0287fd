#include <chrono>
#include <mutex>
#include <shared_mutex>

#include "stress/faults/victim/crew.hpp"
#include "stress/faults/victim/work.hpp"

namespace threadmark::faults {
namespace {

constexpr int most_inside = 2;

struct locked {
  mn::mutex mutex;
  long counted = 0;  ///< under mutex
  mn::condition changed;

  mn::rw_mutex rw;
  long a = 0, b = 0;  ///< equal, under rw

  mn::semaphore places{most_inside, most_inside};
  std::atomic<int> inside = 0;

  mn::once once;
  std::atomic<int> initialised = 0;
};

void use(locked& all, std::atomic<long>& expected, dice random, long n) {
  for (long i = 0; i < n; ++i) {
    switch (random.below(4)) {
      case 0: {
        std::lock_guard hold(all.mutex);
        const long before = all.counted;
        if (i % 4 == 0) mn::yield();
        all.counted = before + 1;
        expected.fetch_add(1);
        all.changed.notify_all();
        break;
      }
      case 1: {
        std::lock_guard hold(all.rw);
        ++all.a;
        mn::yield();
        ++all.b;
        break;
      }
      case 2: {
        std::shared_lock hold(all.rw);
        if (all.a != all.b) broken("a reader was let in beside a writer");
        break;
      }
      default:
        if (!all.places.try_acquire_for(std::chrono::microseconds(random.below(500)))) break;
        if (all.inside.fetch_add(1) >= most_inside) broken("a semaphore let too many in");
        mn::yield();
        all.inside.fetch_sub(1);
        all.places.release();
    }
    all.once.call([&] { all.initialised.fetch_add(1); });
  }
}

}  // namespace

void locks(dice random) {
  locked all;
  std::atomic<long> expected = 0;
  const long each = static_cast<long>(1 + random.below(40));
  {
    crew users;
    for (std::uint64_t n = 1 + random.below(12); n > 0; --n) {
      users.start([&all, &expected, each, own = dice(random())] { use(all, expected, own, each); });
    }
    std::unique_lock hold(all.mutex);
    attempt([&] {
      (void)all.changed.wait_for(hold, std::chrono::microseconds(random.below(2000)), [&] { return all.counted > 5; });
    });
    if (!hold.owns_lock()) broken("a wait on a condition came back without the lock");
  }
  if (all.counted != expected)
    broken("a mutex let %ld of %ld additions be lost", expected - all.counted, expected.load());
  if (all.initialised > 1) broken("a once called its function %d times", all.initialised.load());
}

}  // namespace threadmark::faults
