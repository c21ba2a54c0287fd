// No race, though every task writes the same plain variable: each is ordered with the one before in another way. A
// sanitizer must say nothing. Argument: how many cores.
#include <chrono>
#include <cstdlib>
#include <mn/mn.hpp>

using namespace std::chrono_literals;

int main(int, char** arguments) {
  int shared = 0;
  mn::runtime rt({.cores = static_cast<unsigned>(std::atoi(arguments[1]))});
  for (int round = 0; round < 50; ++round) {
    rt.run([&] {
      ++shared;  // after what the main thread did before run()
      mn::channel<int> unbuffered, buffered(2), back;
      mn::go([&, unbuffered, buffered, back] {
        ++shared;  // after what the spawner did before go()
        unbuffered.send(1);
        for (int v : buffered) shared += v;
        back.send(1);
      });
      (void)unbuffered.recv();
      ++shared;
      buffered.send(1);
      buffered.close();
      mn::select(mn::on_recv(back, [&](std::optional<int>) { ++shared; }), mn::after(10s, [] {}));

      mn::mutex m;
      mn::wait_group wg;
      for (int i = 0; i < 10; ++i) {
        wg.go([&, i] {
          if (i % 2) mn::sleep_for(10us);
          m.lock();
          ++shared;
          mn::yield();  // under the lock, on a stack of its own
          ++shared;
          m.unlock();
        });
      }
      wg.wait();
      ++shared;
      mn::select(mn::on_recv(mn::channel<int>(), [](std::optional<int>) {}), mn::after(10us, [&] { ++shared; }));
      for (int i = 0; i < 300; ++i) mn::go([] {});  // blocks and stacks are used again
      mn::go([&] { ++shared; });
    });
    ++shared;  // after what all tasks did
  }
}
