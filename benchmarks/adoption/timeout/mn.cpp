// Two calls, one quick and one slow; who waits for their answers gives up after 50 ms.
#include <chrono>
#include <iostream>
#include <mn/mn.hpp>

using namespace std::chrono_literals;

int main() {
  mn::runtime rt;
  rt.run([] {
    auto [patience, cancel] = mn::with_timeout(mn::context::background(), 50ms);
    mn::channel<int> answers(2);
    const auto call = [&, ctx = patience](int name, std::chrono::milliseconds takes) {
      mn::go([=] { mn::select(mn::after(takes, [=] { answers.send(name); }), mn::on_recv(ctx.done(), [](auto) {})); });
    };
    call(1, 1ms);
    call(2, 10s);
    for (bool waiting = true; waiting;)
      mn::select(mn::on_recv(answers, [](std::optional<int> name) { std::cout << "got " << *name << '\n'; }),
                 mn::on_recv(patience.done(), [&](auto) { waiting = false; }));
    std::cout << "gave up\n";
  });
}
