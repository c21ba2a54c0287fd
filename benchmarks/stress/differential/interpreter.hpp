// Runs a program (program.hpp) on a model. Nothing here may make the result depend on the schedule: what is counted
// once is counted by commutative sums, and the order of values only where one task takes from a stream of one producer.
//
// A channel is closed when all who send on it have ended: by the last of them, or by a task that waits for them.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "model.hpp"
#include "stress/differential/program.hpp"

namespace threadmark::differential {

/// What is planted to see whether it is found.
enum class fault { none, drop, twice, wrong_sum, hang };

template <threading_model M>
class interpreter {
 public:
  interpreter(const program& p, fault planted) : plan_(p), planted_(planted) {
    for (const channel_plan& c : p.channels) wires_.emplace_back(c);
    for (const int tasks : p.gates) gates_.emplace_back().add(tasks);
    for (std::size_t i = 0; i < p.sums; ++i) sums_.emplace_back();
    for (std::size_t i = 0; i < p.digests; ++i) digests_.emplace_back();
  }

  /// For the root task; the tasks that it starts end by themselves, and take() is for after that.
  void start() {
    for (std::size_t c = 0; c < wires_.size(); ++c) {
      wire& w = wires_[c];
      if (w.plan.closer) {
        go([&w] {
          w.sending.wait();
          w.close();
        });
      }
    }
    for (const stage& s : plan_.stages) {
      for (int worker = 0; worker < s.workers; ++worker) {
        go([this, &s, worker] { run(s, worker); });
      }
    }
  }

  result take() const {
    result r;
    for (const auto& s : sums_) r.sums.push_back(s.value);
    for (const auto& d : digests_) r.digests.push_back(d.take());
    for (const auto& w : wires_) {
      if (w.plan.counted) r.channels.push_back(w.passed.take());
    }
    r.refused = refused_;
    r.began = began_;
    r.ended = ended_;
    return r;
  }

 private:
  struct message {
    std::uint64_t value = 0;
    std::size_t reply = 0;  ///< a request's: the channel that the answer goes to
  };
  using channel = typename M::template channel<message>;

  struct tally {
    std::atomic<std::uint64_t> count = 0, sum = 0, order = 0;
    void add(std::uint64_t value) {
      count.fetch_add(1, std::memory_order_relaxed);
      sum.fetch_add(mix(value), std::memory_order_relaxed);
    }
    [[nodiscard]] digest take() const { return {count, sum, order}; }
  };

  struct wire {
    explicit wire(const channel_plan& p)
        : plan(p),
          ch(p.plain && p.capacity > 0 ? channel(at_least{p.capacity})
             : p.plain                 ? channel(std::size_t{0})
                                       : channel(selectable{p.capacity})) {
      senders = p.producers;
      sending.add(p.producers);
      closed.add(1);
    }
    void close() {
      ch.close();
      closed.done();
    }
    void sender_ends() {
      if (plan.closer) return sending.done();
      if (senders.fetch_sub(1) == 1) close();
    }

    channel_plan plan;
    channel ch;
    std::atomic<int> senders;
    typename M::wait_group sending;
    typename M::wait_group closed;
    tally passed;
  };

  struct protected_sum {
    typename M::mutex mutex;
    std::uint64_t value = 0;
  };

  template <class F>
  void go(F f) {
    began_.fetch_add(1, std::memory_order_relaxed);
    M::go([this, f]() mutable {
      f();
      ended_.fetch_add(1, std::memory_order_relaxed);
    });
  }

  // Giving and taking

  void give(manner how, std::size_t to, message m) {
    wire& w = wires_[to];
    if (planted_ == fault::drop && mix(m.value) % 64 == 0) return;
    if (planted_ == fault::twice && mix(m.value) % 64 == 0) send(how, w, m);
    send(how, w, m);
  }

  void send(manner how, wire& w, message m) {
    switch (how) {
      case manner::plain: w.ch.send(m); break;
      case manner::select: {
        channel never(selectable{0});
        M::select(M::on_recv(never, [](auto) {}), M::on_send(w.ch, m, [] {}));
        break;
      }
      case manner::timeout:
        for (int microseconds = 0;; ++microseconds) {
          const duration patience = std::chrono::microseconds(microseconds % 50);
          if (M::select(M::on_send(w.ch, m, [] {}), M::after(patience, [] {})) == 0U) break;
        }
        break;
      case manner::try_again:
        while (!w.ch.try_send(m)) pause();
        break;
    }
  }

  std::optional<message> take(manner how, std::size_t from) {
    wire& w = wires_[from];
    std::optional<message> got;
    const auto note = [&](std::optional<message> m) { got = m; };
    switch (how) {
      case manner::plain: got = w.ch.recv(); break;
      case manner::select: {
        channel never(selectable{0});
        M::select(M::on_send(never, message{}, [] {}), M::on_recv(w.ch, note));
        break;
      }
      case manner::timeout:
        for (int microseconds = 0;; ++microseconds) {
          const duration patience = std::chrono::microseconds(microseconds % 50);
          if (M::select(M::on_recv(w.ch, note), M::after(patience, [] {})) == 0U) break;
        }
        break;
      case manner::try_again: {
        message m;
        try_result found = w.ch.try_recv(m);
        for (; found == try_result::empty; found = w.ch.try_recv(m)) pause();
        if (found == try_result::value) got = m;
        break;
      }
    }
    if (got) count(w, got->value);
    return got;
  }

  void count(wire& w, std::uint64_t value) {
    if (w.plan.counted) w.passed.add(value);
  }

  /// Lets others run even where the model's yield lets only those run that are ready at once.
  static void pause() { M::sleep_for(std::chrono::microseconds(20)); }

  /// Of a channel that is never closed.
  static message receive_from(channel& ch) {
    if (const auto m = ch.recv()) return *m;
    throw std::logic_error("a channel that nobody closes is closed");
  }

  // The stages. A task that has sent its last value says so to each of its channels.

  void run(const stage& s, int worker) {
    switch (s.kind) {
      case stage_kind::source: source(s); break;
      case stage_kind::map: map(s); break;
      case stage_kind::merge: merge(s); break;
      case stage_kind::zip: zip(s); break;
      case stage_kind::call: call(s, worker); break;
      case stage_kind::server: serve(s); break;
      case stage_kind::tree: give(s.give, s.outs[0], {.value = leaves(s, s.depth, s.seed)}); break;
      case stage_kind::count: add_up(s); break;
      case stage_kind::sink: sink(s); break;
      case stage_kind::late: be_late(s); break;
    }
    for (const std::size_t out : s.outs) wires_[out].sender_ends();
  }

  void source(const stage& s) {
    if (s.gate >= 0) gates_[static_cast<std::size_t>(s.gate)].wait();
    for (std::uint64_t i = 0; i < s.n; ++i) give(s.give, s.outs[0], {.value = mix(s.seed + i)});
  }

  void map(const stage& s) {
    while (const auto m = take(s.take, s.ins[0])) {
      if (s.drop > 0 && m->value % s.drop == 0) continue;
      const message out{.value = s.mul * m->value + s.add};
      if (s.outs.size() == 1) {
        give(s.give, s.outs[0], out);
      } else if (s.to_all) {
        for (const std::size_t to : s.outs) give(s.give, to, out);
      } else {
        give_any(s, out);
      }
    }
  }

  /// To two or three channels, whichever is ready.
  void give_any(const stage& s, message m) {
    channel never(selectable{0});
    const auto ch = [&](std::size_t i) -> channel& { return i < s.outs.size() ? wires_[s.outs[i]].ch : never; };
    M::select(M::on_send(ch(0), m, [] {}), M::on_send(ch(1), m, [] {}), M::on_send(ch(2), m, [] {}));
  }

  void merge(const stage& s) {
    std::vector<channel> open;
    std::vector<std::size_t> from;
    for (const std::size_t in : s.ins) {
      open.push_back(wires_[in].ch);
      from.push_back(in);
    }
    while (!open.empty()) {
      std::size_t i = 0;
      std::optional<message> got;
      if (open.size() == 2) {  // the select that is written out, and else the one over a span
        const auto note = [&](std::optional<message> m) { got = m; };
        i = M::select(M::on_recv(open[0], note), M::on_recv(open[1], note));
      } else {
        std::tie(i, got) = M::recv_any(std::span(open));
      }
      if (got) {
        count(wires_[from[i]], got->value);
        give(s.give, s.outs[0], *got);
      } else {
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
        from.erase(from.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }

  void zip(const stage& s) {
    for (bool any = true; any;) {
      const auto a = take(s.take, s.ins[0]);
      const auto b = take(s.take, s.ins[1]);
      any = a || b;
      if (any) give(s.give, s.outs[0], {.value = 3 * (a ? a->value : 0) + (b ? b->value : 0)});
    }
  }

  void call(const stage& s, int worker) {
    const std::size_t reply = s.replies[static_cast<std::size_t>(worker)];
    while (const auto m = take(s.take, s.ins[0])) {
      wires_[s.server].ch.send({.value = m->value, .reply = reply});
      give(s.give, s.outs[0], receive_from(wires_[reply].ch));
    }
    wires_[s.server].sender_ends();
  }

  void serve(const stage& s) {
    while (const auto m = take(s.take, s.server)) {
      wires_[m->reply].ch.send({.value = s.mul * m->value + s.add});
    }
  }

  std::uint64_t leaves(const stage& s, int depth, std::uint64_t at) {
    if (depth == 0) return mix(at);
    channel in(static_cast<std::size_t>(s.width) % 3 == 0 ? std::size_t{0} : std::size_t{1});
    for (int i = 0; i < s.width; ++i) {
      const std::uint64_t below = at * static_cast<std::uint64_t>(s.width) + static_cast<std::uint64_t>(i) + 1;
      go([this, &s, depth, below, in]() mutable { in.send({.value = leaves(s, depth - 1, below)}); });
    }
    std::uint64_t sum = 0;
    for (int i = 0; i < s.width; ++i) sum += receive_from(in).value;
    return sum;
  }

  void add_up(const stage& s) {
    protected_sum& to = sums_[s.sum];
    for (std::uint64_t i = 0; i < s.n; ++i) {
      std::unique_lock guard(to.mutex);
      const std::uint64_t before = to.value;
      if (i % 8 == 0) M::yield();  // while it holds the mutex
      if (planted_ == fault::wrong_sum) {
        guard.unlock();
        M::yield();
        guard.lock();
      }
      to.value = before + mix(s.seed + i);
    }
    if (s.gate < 0) return;
    if (planted_ == fault::hang) typename M::template channel<int>(std::size_t{0}).recv();
    gates_[static_cast<std::size_t>(s.gate)].done();
  }

  void sink(const stage& s) {
    tally& to = digests_[s.digest];
    std::uint64_t order = 0;
    while (const auto m = take(s.take, s.ins[0])) {
      to.add(m->value);
      order = mix(order + m->value);
    }
    if (s.ordered) to.order.fetch_add(order, std::memory_order_relaxed);
  }

  void be_late(const stage& s) {
    wire& w = wires_[s.ins[0]];
    w.closed.wait();
    const auto refuses = [this](auto f) {
      try {
        f();
      } catch (const std::exception&) {
        refused_.fetch_add(1, std::memory_order_relaxed);
      }
    };
    refuses([&] { w.ch.send({}); });
    refuses([&] { w.ch.close(); });
    if (!w.plan.plain) refuses([&] { M::select(M::on_send(w.ch, message{}, [] {})); });
  }

  const program& plan_;
  fault planted_;
  std::deque<wire> wires_;
  std::deque<typename M::wait_group> gates_;
  std::deque<protected_sum> sums_;
  std::deque<tally> digests_;
  std::atomic<std::uint64_t> refused_ = 0, began_ = 0, ended_ = 0;
};

}  // namespace threadmark::differential
