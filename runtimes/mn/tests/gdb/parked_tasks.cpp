// For the gdb commands: parks a few tasks in functions whose names are known, and comes to where a breakpoint can be.
// With an argument it aborts there.
#include <cstdlib>
#include <mn/mn.hpp>
#include <thread>

extern "C" {
[[gnu::noinline]] void mn_gdb_reads(const mn::channel<int>* ch) {
  (void)ch->recv();
  asm volatile("");
}
[[gnu::noinline]] void mn_gdb_waits(mn::wait_group* group, int argument_of_waits) {
  group->wait();
  asm volatile("" : : "r"(argument_of_waits));
}
[[gnu::noinline]] void mn_gdb_all_are_parked() {
  asm volatile("");
}
}

int main(int arguments, char**) {
  mn::runtime rt({.cores = 1});
  mn::channel<int> ch;
  mn::wait_group group;
  group.add();
  rt.go([=] {
    mn::this_task::set_name("reader");
    mn_gdb_reads(&ch);
  });
  rt.go([&] {
    mn::this_task::set_name("waiter");
    mn_gdb_waits(&group, 4711);
  });
  while (rt.stats().tasks_parked != 2) std::this_thread::yield();
  rt.go([&, ch] {
    mn::this_task::set_name("stopper");
    mn_gdb_all_are_parked();
    if (arguments > 1) std::abort();
    ch.close();
    group.done();
  });
}
