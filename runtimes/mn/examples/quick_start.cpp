// Two slow calls at once, and a third that is too slow to wait for.
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
    mn::channel<std::string> results(3);
    for (int user : {101, 102, 103}) {
      mn::go([=] { results.send(fetch(user, user == 103 ? 2000ms : (user - 100) * 50ms)); });
    }
    for (int i = 0; i < 3; ++i) {
      mn::select(mn::on_recv(results, [](std::optional<std::string> r) { std::cout << "got " << *r << '\n'; }),
                 mn::after(1s, [] { std::cout << "gave up waiting\n"; }));
    }
  });
}
