// One task counts until it is told to stop; who reads has seen enough after five.
#include <iostream>
#include <mn/mn.hpp>

int main() {
  mn::runtime rt;
  rt.run([] {
    auto [ctx, cancel] = mn::with_cancel(mn::context::background());
    mn::channel<int> numbers;
    auto counter = mn::spawn([numbers, ctx = ctx] {
      for (int n = 1;; ++n)
        if (mn::select(mn::on_send(numbers, n, [] {}), mn::on_recv(ctx.done(), [](auto) {})) == 1) return;
    });
    for (int i = 0; i < 5; ++i) std::cout << *numbers.recv() << '\n';
    cancel();
    counter.join();
    std::cout << "stopped\n";
  });
}
