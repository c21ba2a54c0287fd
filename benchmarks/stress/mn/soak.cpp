// Rounds of mixed work on one runtime. After each, everything has ended.
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>

#include "mn/mn.hpp"
#include "stress/mn/memory.hpp"
#include "stress/mn/scenario.hpp"

namespace threadmark::stress {
namespace {

using namespace std::chrono_literals;

/// What a round sends and receives; the receives are counted a second time under a mutex.
struct ledger {
  std::atomic<std::uint64_t> sent_sum = 0, received_sum = 0, sent = 0, received = 0;
  mn::mutex mutex;
  std::uint64_t guarded = 0;
};

void produce(ledger& all, const mn::channel<std::uint64_t>& out, std::uint64_t seed, int values) {
  std::mt19937_64 random(seed);
  for (int i = 0; i < values; ++i) {
    const std::uint64_t v = random();
    switch (v % 4) {
      case 0: mn::sleep_for(std::chrono::microseconds(v % 100)); break;
      case 1: mn::yield(); break;
      default: break;
    }
    bool done = false;
    while (!done) {
      mn::select(mn::on_send(out, v, [&] { done = true; }), mn::after(std::chrono::microseconds(20 + v % 200), [] {}));
    }
    all.sent.fetch_add(1, std::memory_order_relaxed);
    all.sent_sum.fetch_add(v, std::memory_order_relaxed);
  }
}

void count_received(ledger& all, std::uint64_t value) {
  all.received.fetch_add(1, std::memory_order_relaxed);
  all.received_sum.fetch_add(value, std::memory_order_relaxed);
  std::lock_guard guard(all.mutex);
  const std::uint64_t before = all.guarded;
  if (value % 16 == 0) mn::yield();  // whoever else is let in meanwhile counts the same number
  all.guarded = before + 1;
}

void consume(ledger& all, const mn::channel<std::uint64_t>& in, const mn::context& ctx) {
  for (bool open = true; open;) {
    const auto take = [&](std::optional<std::uint64_t> v) {
      open = v.has_value();
      if (v) count_received(all, *v);
    };
    if (mn::select(mn::on_recv(in, take), mn::on_recv(ctx.done(), [](auto) {})) == 1) break;
  }
  // The rest without the context, which is done for good.
  while (const auto v = in.recv()) count_received(all, *v);
}

/// Uses so much of its stack, and lets others run meanwhile.
[[gnu::noinline]] int deep(int levels) {
  volatile char block[1024];
  block[0] = static_cast<char>(levels);
  if (levels == 0) {
    mn::yield();
    return 0;
  }
  return deep(levels - 1) + block[0];
}

void mixed_round(stress_run& run, ledger& all) {
  const std::size_t capacity = run.below(5);
  const int producers = 1 + static_cast<int>(run.below(20));
  const int consumers = 1 + static_cast<int>(run.below(20));
  const int values = 1 + static_cast<int>(run.below(200));
  const std::uint64_t seed = run.random();
  const std::uint64_t others = run.below(500);
  mn::channel<std::uint64_t> ch(capacity);
  const auto limit = mn::with_timeout(mn::context::background(), std::chrono::microseconds(run.below(20'000)));
  mn::wait_group producing, all_tasks;
  for (int i = 0; i < producers; ++i) {
    producing.go([&, i] { produce(all, ch, seed + static_cast<std::uint64_t>(i), values); });
  }
  for (int i = 0; i < consumers; ++i) all_tasks.go([&] { consume(all, ch, limit.ctx); });
  for (std::uint64_t i = 0; i < others; ++i) {
    all_tasks.go([i] {
      if (i % 3 == 0) deep(static_cast<int>(i % 60));
      if (i % 3 == 1) mn::sleep_for(std::chrono::microseconds(i));
      if (i % 100 == 2) mn::blocking([] { std::this_thread::sleep_for(100us); });
    });
  }
  producing.wait();
  ch.close();
  all_tasks.wait();
  limit.cancel();
}

}  // namespace

void soak(stress_run& run) {
  run.outcomes.name("every value was received once", grade::acceptable);
  run.outcomes.name("a value was lost or doubled", grade::forbidden);
  run.outcomes.name("a mutex let two in at once", grade::forbidden);
  run.outcomes.name("the counts of started and ended tasks differ", grade::forbidden);
  mn::runtime rt({.cores = run.cores, .trim_stacks_after = 100ms});
  memory_watch memory(run);
  for (; !run.over(); ++run.rounds) {
    ledger all;
    rt.run([&] { mixed_round(run, all); });
    const bool right = all.sent == all.received && all.sent_sum == all.received_sum;
    run.outcomes.add(right ? "every value was received once" : "a value was lost or doubled");
    if (all.guarded != all.received) run.outcomes.add("a mutex let two in at once");
    const mn::statistics s = rt.stats();
    if (s.tasks_started != s.tasks_ended) run.outcomes.add("the counts of started and ended tasks differ");
    memory.look_if_due();
  }
}

}  // namespace threadmark::stress
