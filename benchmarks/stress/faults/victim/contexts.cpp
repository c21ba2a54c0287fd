#include <chrono>
#include <vector>

#include "stress/faults/victim/crew.hpp"
#include "stress/faults/victim/work.hpp"

namespace threadmark::faults {
namespace {

using namespace std::chrono_literals;

/// Cancels when it goes, so that nobody is left waiting whatever was thrown.
struct canceller {
  const mn::cancel_function& cancel;
  ~canceller() { cancel(); }
};

void wait_for_the_end(const mn::context& ctx, bool by_sleep) {
  if (by_sleep) {
    if (mn::sleep_for(ctx, 1h)) broken("a sleep of an hour is over");
  } else {
    (void)ctx.done().recv();
  }
  if (ctx.error() == mn::context_error::none) broken("somebody was told of the end of a context that has not ended");
}

struct call_at_end {
  bool wanted = false;  ///< it is registered, and was not stopped
  std::atomic<int> ran = 0;
};

void register_call(const mn::context& ctx, call_at_end& c, dice& random) {
  auto registration = ctx.on_done([&c] { c.ran.fetch_add(1); });
  c.wanted = true;
  if (random.below(3) != 0) return;
  mn::sleep_for(std::chrono::microseconds(random.below(500)));
  c.wanted = !registration.stop();
}

}  // namespace

void contexts(dice random) {
  std::vector<call_at_end> calls(random.below(10));
  crew waiting;
  const auto root = random.below(2) == 0
                        ? mn::with_cancel(mn::context::background())
                        : mn::with_timeout(mn::context::background(), std::chrono::microseconds(random.below(3000)));
  {
    const canceller at_end{root.cancel};
    for (std::uint64_t branches = 1 + random.below(4); branches > 0; --branches) {
      attempt([&] {
        const auto branch = mn::with_timeout(root.ctx, std::chrono::microseconds(500 + random.below(100'000)));
        for (std::uint64_t n = random.below(6); n > 0; --n) {
          waiting.start([ctx = branch.ctx, by_sleep = random.below(2) == 0] { wait_for_the_end(ctx, by_sleep); });
        }
        if (random.below(3) == 0) branch.cancel();
      });
    }
    for (call_at_end& c : calls) attempt([&] { register_call(root.ctx, c, random); });
    attempt([&] { mn::sleep_for(std::chrono::microseconds(random.below(1000))); });
  }
  waiting.wait();
  for (call_at_end& c : calls) {
    while (c.wanted && c.ran == 0) mn::yield();
    if (c.ran != (c.wanted ? 1 : 0)) broken("a function ran %d times at the end of a context", c.ran.load());
  }
}

}  // namespace threadmark::faults
