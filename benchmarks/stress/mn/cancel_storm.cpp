#include <atomic>
#include <chrono>
#include <vector>

#include "mn/mn.hpp"
#include "stress/mn/scenario.hpp"

namespace threadmark::stress {

using namespace std::chrono_literals;

void cancel_storm(stress_run& run) {
  run.outcomes.name("ended by a cancel, and woke its task", grade::acceptable);
  run.outcomes.name("ended by its timeout, and woke its task", grade::acceptable);
  run.outcomes.name("a task woke though its context had not ended", grade::forbidden);
  run.outcomes.name("cancel returned and one below had not ended", grade::forbidden);
  run.outcomes.name("a context ended before its child", grade::forbidden);
  mn::runtime rt({.cores = run.cores});
  for (; !run.over(); ++run.rounds) {
    const std::size_t many = 2 + run.below(400);
    const std::uint64_t seed = run.random();
    rt.run([&] {
      std::mt19937_64 random(seed);
      std::vector<mn::cancellable> tree{mn::with_cancel(mn::context::background())};
      std::vector<std::size_t> parent{0};
      for (std::size_t i = 1; i < many; ++i) {
        parent.push_back(random() % 4 == 0 ? i - 1 : random() % i);  // chains and bushes
        const mn::context& above = tree[parent[i]].ctx;
        tree.push_back(random() % 3 == 0 ? mn::with_timeout(above, std::chrono::microseconds(random() % 5000))
                                         : mn::with_cancel(above));
      }
      mn::wait_group woken;
      for (const mn::cancellable& node : tree) {
        woken.go([&run, ctx = node.ctx] {
          mn::channel<int> never;
          mn::select(mn::on_recv(never, [](auto) {}), mn::on_recv(ctx.done(), [](auto) {}));
          switch (ctx.error()) {
            case mn::context_error::cancelled: run.outcomes.add("ended by a cancel, and woke its task"); break;
            case mn::context_error::deadline_exceeded:
              run.outcomes.add("ended by its timeout, and woke its task");
              break;
            case mn::context_error::none: run.outcomes.add("a task woke though its context had not ended"); break;
          }
        });
      }
      // Several cancel at once, at random places; at last the root.
      mn::wait_group cancelling;
      for (int k = 0; k < 3; ++k) {
        cancelling.go([&, mine = random()] {
          std::mt19937_64 own(mine);
          for (std::size_t i = 0; i < many / 8; ++i) {
            const std::size_t at = 1 + own() % (many - 1);
            tree[at].cancel();
            for (std::size_t below = at + 1; below < many; ++below) {
              if (parent[below] == at && tree[below].ctx.error() == mn::context_error::none) {
                // Another cancel may be on its way through the same branch: it is told as soon as that has passed.
                mn::sleep_for(20ms);
                if (tree[below].ctx.error() == mn::context_error::none) {
                  run.outcomes.add("cancel returned and one below had not ended");
                }
              }
            }
            if (own() % 4 == 0) mn::yield();
          }
        });
      }
      cancelling.wait();
      tree.front().cancel();
      woken.wait();
      for (std::size_t i = 1; i < many; ++i) {
        if (tree[i].ctx.error() == mn::context_error::none) run.outcomes.add("a context ended before its child");
      }
    });
  }
}

}  // namespace threadmark::stress
