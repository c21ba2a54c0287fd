#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "mn/mn.hpp"
#include "stress/mn/scenario.hpp"

namespace threadmark::stress {
namespace {

using namespace std::chrono_literals;

// A lost wake-up shows itself as a round that does not end: the driver's time limit, and mn's own deadlock report.

/// Two tasks hand a semaphore's unit to and fro, one with a timeout that races with the other's release.
void semaphores(stress_run& run, int times) {
  mn::semaphore there(0), back(0);
  mn::go([&, times] {
    for (int i = 0; i < times; ++i) {
      there.acquire();
      back.release();
    }
  });
  for (int i = 0; i < times; ++i) {
    there.release();
    int waits = 1;
    while (!back.try_acquire_for(std::chrono::microseconds(i % 7))) ++waits;
    run.outcomes.add(waits > 1 ? "woken after a timeout" : "woken in time");
  }
}

/// A value that races with the timeout of a select that waits for it: it is received once, by whichever select.
void timeouts(stress_run& run, int times) {
  mn::channel<int> ch;
  mn::go([ch, times]() mutable {
    for (int i = 0; i < times; ++i) {
      if (i % 5 == 0) mn::sleep_for(std::chrono::microseconds(i % 11));
      ch.send(i);
    }
  });
  for (int expected = 0; expected < times;) {
    const std::size_t found = mn::select(mn::on_recv(ch,
                                                     [&](std::optional<int> v) {
                                                       if (v != expected)
                                                         run.outcomes.add("a value was lost or doubled");
                                                       ++expected;
                                                     }),
                                         mn::after(std::chrono::microseconds(expected % 9), [] {}));
    run.outcomes.add(found == 0 ? "woken in time" : "woken after a timeout");
  }
}

/// Waits for a condition that several tasks bring about under one mutex.
void conditions(stress_run& run, int times) {
  mn::mutex mutex;
  mn::condition changed;
  int turn = 0;
  constexpr int tasks = 4;
  mn::wait_group all;
  for (int me = 0; me < tasks; ++me) {
    all.go([&, me] {
      std::unique_lock lock(mutex);
      for (int i = 0; i < times; ++i) {
        while (turn % tasks != me) {
          if (changed.wait_for(lock, std::chrono::microseconds(50 + i % 50)) == std::cv_status::timeout) {
            run.outcomes.add("woken after a timeout");
          }
        }
        ++turn;
        changed.notify_all();
      }
    });
  }
  all.wait();
  run.outcomes.add(turn == tasks * times ? "woken in time" : "a turn was lost");
}

/// A plain thread and a task wake each other.
void from_outside(stress_run& run, int times) {
  mn::channel<int> there, back;
  std::thread plain([=] {
    for (int i = 0; i < times; ++i) back.send(there.recv().value());
  });
  bool right = true;
  for (int i = 0; i < times; ++i) {
    there.send(i);
    right = right && back.recv() == i;
  }
  mn::blocking([&] { plain.join(); });
  run.outcomes.add(right ? "woken in time" : "a value was lost or doubled");
}

}  // namespace

void wake_races(stress_run& run) {
  run.outcomes.name("woken in time", grade::acceptable);
  run.outcomes.name("woken after a timeout", grade::interesting);
  run.outcomes.name("a value was lost or doubled", grade::forbidden);
  run.outcomes.name("a turn was lost", grade::forbidden);
  mn::runtime rt({.cores = run.cores});
  constexpr void (*kinds[])(stress_run&, int) = {semaphores, timeouts, conditions, from_outside};
  for (; !run.over(); ++run.rounds) {
    const int times = 1 + static_cast<int>(run.below(300));
    const std::uint64_t first = run.below(4);
    const std::uint64_t second = run.below(4);
    rt.run([&] {
      mn::wait_group both;
      both.go([&] { kinds[first](run, times); });
      both.go([&] { kinds[second](run, times); });
      both.wait();
    });
  }
}

}  // namespace threadmark::stress
