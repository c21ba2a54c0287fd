#include <array>
#include <chrono>
#include <optional>
#include <vector>

#include "stress/faults/victim/crew.hpp"
#include "stress/faults/victim/work.hpp"

namespace threadmark::faults {
namespace {

using std::chrono::microseconds;

struct exchange {
  exchange(std::size_t capacity, std::size_t values) : ch(capacity), sent(values), received(values) {}

  mn::channel<std::uint32_t> ch;
  std::vector<std::atomic<std::uint8_t>> sent, received;  ///< how often, by value
  std::atomic<int> givers = 1;

  void leave() {
    if (givers.fetch_sub(1) == 1) ch.close();
  }
};

void give(exchange& e, std::uint32_t value, dice& random) {
  switch (random.below(3)) {
    case 0: e.ch.send(value); break;
    case 1:
      for (bool done = false; !done;) {
        mn::select(mn::on_send(e.ch, value, [&] { done = true; }), mn::after(microseconds(random.below(300)), [] {}));
      }
      break;
    default:
      while (!e.ch.try_send(value)) mn::yield();
  }
  e.sent[value].fetch_add(1);
}

/// False where the channel is closed and drained.
bool take(exchange& e, dice& random) {
  std::optional<std::uint32_t> value;
  bool open = true;
  switch (random.below(3)) {
    case 0:
      value = e.ch.recv();
      open = value.has_value();
      break;
    case 1:
      mn::select(mn::on_recv(e.ch,
                             [&](std::optional<std::uint32_t> v) {
                               value = v;
                               open = v.has_value();
                             }),
                 mn::after(microseconds(random.below(300)), [] {}));
      break;
    default: {
      std::array both = {e.ch, e.ch};
      value = mn::recv_any(std::span<mn::channel<std::uint32_t>>(both)).second;
      open = value.has_value();
    }
  }
  if (value && e.received.at(*value).fetch_add(1) != 0) broken("value %u was received twice", *value);
  return open;
}

}  // namespace

void channels(dice random) {
  static constexpr std::array<std::size_t, 5> capacities = {0, 1, 2, 7, 64};
  const auto givers = static_cast<std::uint32_t>(1 + random.below(8));
  const auto takers = static_cast<std::uint32_t>(random.below(8));
  const auto each = static_cast<std::uint32_t>(1 + random.below(100));
  exchange e(capacities[random.below(capacities.size())], std::size_t{givers} * each);
  {
    crew all;
    for (std::uint32_t g = 0; g < givers; ++g) {
      e.givers.fetch_add(1);
      const bool goes = all.start([&e, g, each, own = dice(random())]() mutable {
        attempt([&] {
          for (std::uint32_t i = 0; i < each; ++i) give(e, g * each + i, own);
        });
        e.leave();
      });
      if (!goes) e.leave();
    }
    for (std::uint32_t t = 0; t < takers; ++t) {
      all.start([&e, own = dice(random())]() mutable {
        while (take(e, own)) {
        }
      });
    }
    e.leave();
    // Whatever became of the others, somebody must take the rest.
    while (const auto value = e.ch.recv()) {
      if (e.received.at(*value).fetch_add(1) != 0) broken("value %u was received twice", *value);
    }
  }
  for (std::size_t v = 0; v < e.sent.size(); ++v) {
    if (e.sent[v] != e.received[v])
      broken("value %zu was sent %d and received %d times", v, +e.sent[v], +e.received[v]);
  }
}

}  // namespace threadmark::faults
