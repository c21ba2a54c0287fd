#include <chrono>
#include <optional>
#include <vector>

#include "stress/faults/victim/crew.hpp"
#include "stress/faults/victim/work.hpp"

namespace threadmark::faults {
namespace {

using std::chrono::microseconds;
using clock = std::chrono::steady_clock;

void sleep_well(microseconds d) {
  const auto begun = clock::now();
  mn::sleep_for(d);
  if (clock::now() - begun < d) broken("a sleep of %ld us was shorter", static_cast<long>(d.count()));
}

void time_by_channel(microseconds d, bool stopped) {
  const auto begun = clock::now();
  const mn::timer t(d);
  if (stopped && t.stop()) {
    mn::yield();
    std::optional<mn::time_point> late;
    if (t.channel().try_recv(late) == mn::channel<mn::time_point>::state::value) broken("a stopped timer was heard");
    return;
  }
  if (stopped) return;  // too late: the value may still come, and nobody needs it
  const auto due = t.channel().recv();
  if (!due || *due < begun + d) broken("a timer of %ld us was due earlier", static_cast<long>(d.count()));
}

void ticks() {
  const auto begun = clock::now();
  const microseconds period(200);
  const mn::ticker every(period);
  for (int i = 1; i <= 3; ++i) (void)every.channel().recv();
  if (clock::now() < begun + 3 * period) broken("three ticks came within less than three periods");
}

/// Each call runs once, unless stop() says that it kept it from running.
void calls(dice& random) {
  struct one {
    std::optional<mn::timer> timer;
    std::atomic<int> ran = 0;
  };
  std::vector<one> all(1 + random.below(20));
  for (one& c : all) {
    attempt([&] { c.timer = mn::call_after(microseconds(random.below(2000)), [&c] { c.ran.fetch_add(1); }); });
  }
  attempt([&] { mn::sleep_for(microseconds(random.below(2000))); });
  for (one& c : all) {
    if (!c.timer) {
      if (c.ran != 0) broken("a call ran whose timer could not be made");
      continue;
    }
    if (c.timer->stop()) {
      mn::yield();
      if (c.ran != 0) broken("a call ran that was stopped before");
    } else {
      while (c.ran == 0) mn::yield();
      if (c.ran != 1) broken("a call ran %d times", c.ran.load());
    }
  }
}

}  // namespace

void sleeps(dice random) {
  crew all;
  for (std::uint64_t n = 1 + random.below(50); n > 0; --n) {
    const microseconds d(random.below(2000));
    switch (random.below(6)) {
      case 0: all.start([d] { time_by_channel(d, false); }); break;
      case 1: all.start([d] { time_by_channel(d, true); }); break;
      case 2: all.start(ticks); break;
      default: all.start([d] { sleep_well(d); });
    }
  }
  calls(random);
}

}  // namespace threadmark::faults
