// A tree in which every node is a task with a channel of its own for its result; an inner node starts ten children and
// adds up what they send.
#pragma once

#include <array>
#include <cstddef>
#include <model.hpp>
#include <optional>
#include <utility>

#include "trial.hpp"
#include "work_loop.hpp"

namespace threadmark::workloads {

/// Timed: from the start of the top node until its sum has been received. Starting tasks, making channels and blocking
/// on them, all at once and a million times.
struct skynet {
  static constexpr std::string_view name = "skynet";
  static constexpr bool cold = false;
  static constexpr std::size_t children = 10;

  explicit skynet(const parameters& values) : leaves(positive(values, "leaves")) {
    std::uint64_t rest = leaves;
    while (rest % children == 0) rest /= children;
    if (rest != 1) throw std::invalid_argument("leaves must be a power of ten");
  }

  std::uint64_t nodes() const {
    std::uint64_t total = 0;
    for (std::uint64_t level = leaves; level != 0; level /= children) total += level;
    return total;
  }

  template <threading_model M>
  void iterate(trial& t) const {
    typename M::template channel<std::uint64_t> top{std::size_t{0}};

    t.clock_on();
    start<M>([top, size = leaves]() mutable { node<M>(top, size, 0); });
    const std::optional<std::uint64_t> sum = top.recv();
    const auto time = t.clock_off();

    if (!sum) t.reject("skynet: the top node sent nothing");
    if (const std::uint64_t right = sum_below(leaves); *sum != right)
      t.reject("skynet: the sum is " + std::to_string(*sum) + ", not " + std::to_string(right));
    t.metric("ns_per_task", ns_per(time, nodes()));
  }

  std::uint64_t leaves;

 private:
  template <class Channel, std::size_t... I>
  static std::array<Channel, sizeof...(I)> channels(std::index_sequence<I...>) {
    return {((void)I, Channel{std::size_t{0}})...};
  }

  /// A node of `size` leaves, of which the first is number `first`. A lost value makes the sum wrong.
  template <threading_model M, class Channel>
  static void node(Channel& out, std::uint64_t size, std::uint64_t first) {
    if (size == 1) {
      out.send(first);
      return;
    }
    const std::uint64_t share = size / children;
    auto results = channels<Channel>(std::make_index_sequence<children>());
    for (std::uint64_t i = 0; i < children; ++i)
      start<M>([result = results[i], share, child_first = first + i * share]() mutable {
        node<M>(result, share, child_first);
      });
    std::uint64_t sum = 0;
    for (Channel& result : results) sum += result.recv().value_or(0);
    out.send(sum);
  }
};

}  // namespace threadmark::workloads
