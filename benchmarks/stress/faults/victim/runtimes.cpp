#include "stress/faults/victim/runtimes.hpp"

#include <chrono>
#include <optional>

#include "stress/faults/victim/crew.hpp"

namespace threadmark::faults {

using namespace std::chrono_literals;

mn::options some_options(dice& random, unsigned cores) {
  return {.cores = static_cast<unsigned>(1 + random.below(cores)),
          .stack_bytes = std::size_t{64 * 1024} << random.below(4),
          .trim_stacks_after = random.below(2) == 0 ? 2ms : 5000ms,
          .spare_threads = most_at_once * threads_kept + static_cast<unsigned>(random.below(20)),
          .chaos_seed = random.below(4) == 0 ? random() : 0};
}

void work_round(mn::runtime& on, dice random, void (*count)(std::size_t)) {
  const mn::statistics before = on.stats();
  std::atomic<bool> entered = false;
  on.run([&] {
    entered = true;
    crew all;
    for (std::uint64_t n = 1 + random.below(most_at_once); n > 0; --n) {
      const auto kind = random.below(kinds_of_work.size());
      if (all.start([kind, own = dice(random())] { kinds_of_work[kind].body(own); })) count(kind);
    }
  });
  if (!entered) broken("run() came back without having run anything");
  const mn::statistics after = on.stats();
  if (after.tasks_started != after.tasks_ended || after.tasks_started == before.tasks_started) {
    broken("run() came back, and of %lu tasks %lu have ended", after.tasks_started, after.tasks_ended);
  }
}

void short_lived_runtime(dice random, unsigned cores) {
  std::atomic<long> ran = 0;
  long started = 0;
  mn::channel<int> never;
  {
    mn::runtime rt(some_options(random, cores));
    for (std::uint64_t n = random.below(100); n > 0; --n) {
      if (attempt([&] { rt.go([&] { ran.fetch_add(1); }); })) ++started;
    }
    if (random.below(2) == 0) {
      rt.run([] {});
    } else {
      const bool waits = random.below(4) == 0 && attempt([&] { rt.go([never] { (void)never.recv(); }); });
      const auto end = rt.shutdown(waits ? 1ms : 1h);
      if (end.clean && waits) broken("a shutdown was clean, and a task waits for ever");
      if (!end.clean && !waits) broken("a shutdown of an hour has left %zu tasks", end.left);
      if (!end.clean) {
        // Of those that were given up none may run any more.
        if (ran > started) broken("%ld tasks were started, and %ld have run", started, ran.load());
        return;
      }
    }
  }
  if (ran != started) broken("%ld tasks were started, and %ld have run", started, ran.load());
}

void without_a_runtime(dice random) {
  const auto d = std::chrono::microseconds(random.below(1000));
  const auto begun = std::chrono::steady_clock::now();
  const mn::timer t(d);
  const auto due = t.channel().recv();
  if (!due || *due < begun + d) broken("a plain thread's timer was due early");
  const auto limit = mn::with_timeout(mn::context::background(), d);
  (void)limit.ctx.done().recv();
  if (limit.ctx.error() != mn::context_error::deadline_exceeded) broken("a plain thread's context has ended otherwise");

  std::optional<mn::timer> outlives;
  {
    mn::runtime rt({.cores = 1});
    rt.run([&] { outlives.emplace(2ms); });
  }
  if (outlives) (void)outlives->channel().recv();
}

}  // namespace threadmark::faults
