// A pipeline of three stages without an end: numbers, their squares, those that end in 6. Who has seen enough cancels
// the context, and every stage, wherever it is blocked, goes home.
#include <iostream>
#include <mn/mn.hpp>

/// Sends `value`, unless the context is done first. False: it is time to go.
template <class T>
bool pass_on(const mn::context& ctx, const mn::channel<T>& to, T value) {
  return mn::select(mn::on_send(to, value, [] {}), mn::on_recv(ctx.done(), [](auto) {})) == 0;
}

int main() {
  mn::runtime rt;
  rt.run([] {
    auto [ctx, cancel] = mn::with_cancel(mn::context::background());
    mn::channel<int> numbers, squares, sixes;

    mn::wait_group stages;
    stages.go([=, ctx = ctx] {
      for (int n = 1; pass_on(ctx, numbers, n); ++n) {
      }
      numbers.close();  // the next stage's loop ends
    });
    stages.go([=, ctx = ctx] {
      for (int n : numbers) {
        if (!pass_on(ctx, squares, n * n)) break;
      }
      squares.close();
    });
    stages.go([=, ctx = ctx] {
      for (int s : squares) {
        if (s % 10 == 6 && !pass_on(ctx, sixes, s)) break;
      }
      sixes.close();
    });

    for (int s : sixes) {
      std::cout << s << '\n';
      if (s > 500) break;
    }
    cancel();
    stages.wait();
    std::cout << "all stages have ended\n";
  });
}
