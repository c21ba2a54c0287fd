// Three slow calls at once, one of them too slow: take what comes in time, and give up on the rest.
#include <chrono>
#include <iostream>
#include <mn/mn.hpp>
#include <string>

using namespace std::chrono_literals;

std::string fetch(int user, std::chrono::milliseconds takes) {
  mn::sleep_for(takes);  // stands for a call over the network
  return "user " + std::to_string(user);
}

int main() {
  mn::runtime rt;
  rt.run([] {
    mn::channel<std::string> results(3);  // room for all: who is too late gets rid of its answer all the same, and ends
    mn::go([=] { results.send(fetch(101, 0ms)); });
    mn::go([=] { results.send(fetch(102, 100ms)); });
    mn::go([=] { results.send(fetch(103, 1600ms)); });

    // mn::after(800ms, ...) would begin anew in every select; a timer runs on.
    const mn::timer enough(800ms);
    bool in_time = true;
    for (int answers = 0; in_time && answers < 3;) {
      mn::select(mn::on_recv(results,
                             [&](std::optional<std::string> r) {
                               ++answers;
                               std::cout << "got " << *r << '\n';
                             }),
                 mn::on_recv(enough.channel(), [&](auto) { in_time = false; }));
    }
    std::cout << (in_time ? "got all\n" : "gave up on the rest\n");
  });  // run() returns when every task has ended, the slow call too
}
