// Channels, a select and a context, by way of the installed package.
#include <chrono>
#include <iostream>
#include <mn/mn.hpp>
#include <string_view>

using namespace std::chrono_literals;

static_assert(std::string_view(mn::version) == MN_EXPECTED_VERSION, "the package and its headers disagree");

int main() {
  mn::runtime rt({.cores = 2});
  rt.run([] {
    auto [ctx, cancel] = mn::with_timeout(mn::context::background(), 1h);
    mn::channel<int> numbers;
    mn::channel<int> sums(1);
    mn::go([=, ctx = ctx] {
      int sum = 0;
      for (bool going = true; going;) {
        mn::select(mn::on_recv(numbers, [&](auto n) { sum += *n; }),
                   mn::on_recv(ctx.done(), [&](auto) { going = false; }));
      }
      sums.send(sum);
    });
    for (int n = 1; n <= 100; ++n) numbers.send(n);
    cancel();
    std::cout << "mn " << mn::version << ": " << *sums.recv() << '\n';
  });
}
