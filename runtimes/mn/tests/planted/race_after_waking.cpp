// A data race, planted, between two tasks that have both been woken by a third: that orders each of them with the third
// one, not with the other. They sleep in between, so that timers and the worker's own doings come between them as well.
#include <chrono>
#include <cstdlib>
#include <mn/mn.hpp>

int shared = 0;  // visible to other files, so that the optimiser keeps what is written to it

namespace {

[[gnu::noinline]] void written_by_one() {
  ++shared;
}

[[gnu::noinline]] void written_by_another() {
  ++shared;
}

void wait_and_write(const mn::channel<int>& gate, void (*write)()) {
  (void)gate.recv();
  mn::sleep_for(std::chrono::milliseconds(1));
  mn::yield();
  write();
}

}  // namespace

int main(int, char** arguments) {
  mn::runtime rt({.cores = static_cast<unsigned>(std::atoi(arguments[1]))});
  rt.run([] {
    mn::channel<int> one, another;
    mn::go([=] { wait_and_write(one, written_by_one); });
    mn::go([=] { wait_and_write(another, written_by_another); });
    one.send(1);
    another.send(1);
  });
}
