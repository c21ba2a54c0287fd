// Quick start with a slow call: whichever comes first, the answer or the end of our patience.
#include <chrono>
#include <iostream>
#include <mn/mn.hpp>
#include <string>

using namespace std::chrono_literals;

int main() {
  mn::runtime rt({.cores = 2});
  rt.run([] {
    mn::channel<std::string> results;  // unbuffered: the sender waits until somebody receives

    mn::go([=] {
      mn::sleep_for(200ms);  // stands for a slow call; a sleeping task occupies no thread
      results.send("user 101");
    });

    mn::select(mn::on_recv(results, [](std::optional<std::string> r) { std::cout << "got " << *r << '\n'; }),
               mn::after(3s, [] { std::cout << "gave up waiting\n"; }));
  });
}
