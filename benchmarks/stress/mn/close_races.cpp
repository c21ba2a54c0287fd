#include <atomic>
#include <chrono>
#include <vector>

#include "mn/mn.hpp"
#include "stress/mn/scenario.hpp"

namespace threadmark::stress {
namespace {

using namespace std::chrono_literals;

struct race {
  explicit race(std::size_t capacity, std::size_t senders)
      : ch(capacity), sent(senders), refused(senders), got(senders) {}
  mn::channel<std::size_t> ch;
  std::vector<std::atomic<bool>> sent, refused;
  std::vector<std::atomic<int>> got;
};

void send(race& r, std::size_t value, std::uint64_t how) {
  try {
    switch (how % 3) {
      case 0: r.ch.send(value); break;
      case 1: mn::select(mn::on_send(r.ch, value, [] {})); break;
      default: {
        bool done = false;
        while (!done) {
          mn::select(mn::on_send(r.ch, value, [&] { done = true; }), mn::after(5us, [] {}));
        }
      }
    }
    r.sent[value] = true;
  } catch (const mn::send_on_closed_channel&) {
    r.refused[value] = true;
  }
}

void receive(race& r, std::uint64_t how) {
  mn::channel<std::size_t> never;
  for (bool open = true; open;) {
    std::optional<std::size_t> value;
    if (how % 2 == 0) {
      value = r.ch.recv();
    } else {
      mn::select(mn::on_recv(never, [](auto) {}), mn::on_recv(r.ch, [&](auto v) { value = v; }));
    }
    open = value.has_value();
    if (open) r.got[*value].fetch_add(1);
  }
}

}  // namespace

void close_races(stress_run& run) {
  run.outcomes.name("sent and received", grade::acceptable);
  run.outcomes.name("refused and not received", grade::acceptable);
  run.outcomes.name("refused, yet received", grade::forbidden);
  run.outcomes.name("sent, never received", grade::forbidden);
  run.outcomes.name("received twice", grade::forbidden);
  run.outcomes.name("neither sent nor refused", grade::forbidden);
  mn::runtime rt({.cores = run.cores});
  for (; !run.over(); ++run.rounds) {
    race r(run.below(4), 1 + run.below(12));
    const std::uint64_t ways = run.random();
    const std::size_t receivers = 1 + run.below(3);
    const auto pause = std::chrono::microseconds(run.below(30));
    rt.run([&] {
      for (std::size_t i = 0; i < r.sent.size(); ++i) mn::go([&, i] { send(r, i, ways >> i); });
      for (std::size_t i = 0; i < receivers; ++i) mn::go([&, i] { receive(r, ways >> (32 + i)); });
      if (pause < 10us) {
        mn::yield();
      } else {
        mn::sleep_for(pause);
      }
      r.ch.close();
    });
    for (std::size_t i = 0; i < r.sent.size(); ++i) {
      const int got = r.got[i];
      run.outcomes.add(got > 1                     ? "received twice"
                       : r.sent[i] == r.refused[i] ? "neither sent nor refused"
                       : r.sent[i]                 ? (got == 1 ? "sent and received" : "sent, never received")
                       : got == 1                  ? "refused, yet received"
                                                   : "refused and not received");
    }
  }
}

}  // namespace threadmark::stress
