// Select and the dynamic recv_any: one ready case, chosen fairly; timeouts; no value lost or doubled.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "conformance/suite.hpp"

namespace threadmark::conformance {

THREADMARK_RULES(select_rules);

inline constexpr auto ignore = [] {};
inline constexpr auto ignore_value = [](auto) {};

TYPED_TEST(select_rules, the_ready_case_is_chosen) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<int> a(selectable{1}), b(selectable{1}), full(selectable{1});
    full.send(0);
    for (int i = 0; i < 50; ++i) {
      b.send(i);
      int received = -1;
      EXPECT_EQ(M::select(M::on_recv(a, ignore_value), M::on_send(full, 1, ignore),
                          M::on_recv(b, [&](std::optional<int> v) { received = *v; })),
                2U);
      EXPECT_EQ(received, i);
      bool sent = false;
      EXPECT_EQ(M::select(M::on_recv(b, ignore_value), M::on_send(a, i, [&] { sent = true; })), 1U);
      EXPECT_TRUE(sent);
      EXPECT_EQ(a.recv(), i);
    }
  });
}

TYPED_TEST(select_rules, a_select_that_waits_takes_what_comes) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<int> in(selectable{0}), out(selectable{0});
    M::go([in, out]() mutable {
      for (int i = 0; i < 200; ++i) {
        M::yield();
        if (i % 2 == 0) {
          in.send(i);
        } else {
          EXPECT_EQ(out.recv(), i);
        }
      }
    });
    for (int i = 0; i < 200; ++i) {
      int received = -1;
      const std::size_t chosen =
          M::select(M::on_recv(in, [&](std::optional<int> v) { received = *v; }), M::on_send(out, i, ignore));
      EXPECT_EQ(chosen, static_cast<std::size_t>(i % 2));
      EXPECT_EQ(received, chosen == 0 ? i : -1);
    }
  });
}

TYPED_TEST(select_rules, otherwise_runs_only_when_nothing_is_ready) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<int> ch(selectable{1});
    EXPECT_EQ(M::select(M::on_recv(ch, ignore_value), M::otherwise(ignore)), 1U);
    EXPECT_EQ(M::select(M::otherwise(ignore), M::on_send(ch, 4, ignore)), 1U);
    EXPECT_EQ(M::select(M::on_send(ch, 5, ignore), M::otherwise(ignore)), 1U);
    EXPECT_EQ(M::select(M::on_recv(ch, [](std::optional<int> v) { EXPECT_EQ(v, 4); }), M::otherwise(ignore)), 0U);
  });
}

TYPED_TEST(select_rules, a_timeout_comes_and_never_early) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<int> ch(selectable{0});
    for (const int milliseconds : {0, 1, 5, 20}) {
      const duration delay = std::chrono::milliseconds(milliseconds);
      const auto start = std::chrono::steady_clock::now();
      EXPECT_EQ(
          M::select(M::on_recv(ch, ignore_value), M::after(std::chrono::hours(1), ignore), M::after(delay, ignore)),
          2U);
      EXPECT_GE(std::chrono::steady_clock::now() - start, delay);
    }
    EXPECT_EQ(M::select(M::after(std::chrono::milliseconds(1), ignore)), 0U) << "a select of nothing but a timeout";
  });
}

TYPED_TEST(select_rules, a_channel_that_is_ready_goes_before_the_timeout) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<int> ch(selectable{1});
    ch.send(1);
    EXPECT_EQ(M::select(M::after(duration::zero(), ignore), M::on_recv(ch, ignore_value)), 1U);
  });
}

TYPED_TEST(select_rules, a_timeout_that_races_with_its_partner_loses_no_value) {
  using M = TypeParam;
  this->run([&] {
    constexpr int rounds = 2000;
    for (const bool sends : {true, false}) {  // which side has the timeout; the other comes by without waiting
      typename M::template channel<int> ch(selectable{0});
      std::atomic<int> sent = 0;
      std::atomic<int> received = 0;
      std::atomic<bool> stop = false;
      const auto count_sent = [&] { ++sent; };
      const auto count_received = [&](std::optional<int> v) { received += *v; };
      typename M::wait_group ended;
      ended.add(1);
      M::go([&, ch] {
        while (!stop) {
          if (sends) {
            M::select(M::on_recv(ch, count_received), M::otherwise([] { M::yield(); }));
          } else {
            M::select(M::on_send(ch, 1, count_sent), M::otherwise([] { M::yield(); }));
          }
        }
        ended.done();
      });
      for (int i = 0; i < rounds; ++i) {
        const duration delay = std::chrono::microseconds(i % 3);
        if (sends) {
          M::select(M::on_send(ch, 1, count_sent), M::after(delay, ignore));
        } else {
          M::select(M::on_recv(ch, count_received), M::after(delay, ignore));
        }
      }
      stop = true;
      ended.wait();
      EXPECT_EQ(sent, received) << (sends ? "the sender" : "the receiver") << " had the timeout";
    }
  });
}

TYPED_TEST(select_rules, all_ready_cases_are_equally_likely) {
  using M = TypeParam;
  this->run([&] {
    constexpr int trials = 10000;
    std::array<typename M::template channel<int>, 4> ch = {
        typename M::template channel<int>(selectable{1}), typename M::template channel<int>(selectable{1}),
        typename M::template channel<int>(selectable{1}), typename M::template channel<int>(selectable{1})};
    const auto count_choices = [&](std::size_t ready) {
      std::array<int, 4> chosen{};
      for (std::size_t i = 0; i < ready; ++i) ch[i].send(0);
      for (int trial = 0; trial < trials; ++trial) {
        const std::size_t c = M::select(M::on_recv(ch[0], ignore_value), M::on_recv(ch[1], ignore_value),
                                        M::on_recv(ch[2], ignore_value), M::on_recv(ch[3], ignore_value));
        ++chosen[c];
        ch[c].send(0);
      }
      for (std::size_t i = 0; i < ready; ++i) (void)ch[i].recv();
      return chosen;
    };
    for (const std::size_t ready : {2, 3, 4}) {  // with some not ready: a mere random start would favour a neighbour
      const double p = 1.0 / static_cast<double>(ready);
      const double six_sigma = 6 * std::sqrt(trials * p * (1 - p));
      const auto chosen = count_choices(ready);
      for (std::size_t i = 0; i < ready; ++i) EXPECT_NEAR(chosen[i], trials * p, six_sigma) << i << " of " << ready;
    }
  });
}

TYPED_TEST(select_rules, sends_and_receives_are_equally_likely) {
  using M = TypeParam;
  this->run([&] {
    constexpr int trials = 10000;
    typename M::template channel<int> in(selectable{1}), out(selectable{1});
    int received = 0;
    for (int trial = 0; trial < trials; ++trial) {
      (void)in.try_send(0);
      M::select(M::on_recv(in, [&](auto) { ++received; }), M::on_send(out, 0, [&] { (void)out.recv(); }));
    }
    EXPECT_NEAR(received, trials / 2.0, 6 * std::sqrt(trials * 0.25));
  });
}

TYPED_TEST(select_rules, a_select_that_offers_two_values_sends_both_about_equally_often) {
  using M = TypeParam;
  this->run([&] {
    constexpr int trials = 4000;
    for (const std::size_t capacity : {0, 1, trials}) {
      typename M::template channel<int> ch(selectable{capacity});
      M::go([ch]() mutable {
        for (int i = 0; i < trials; ++i) M::select(M::on_send(ch, 0, ignore), M::on_send(ch, 1, ignore));
        ch.close();
      });
      int ones = 0;
      int all = 0;
      while (const auto value = ch.recv()) {
        ones += *value;
        ++all;
      }
      EXPECT_EQ(all, trials);
      EXPECT_NEAR(ones, trials / 2.0, 6 * std::sqrt(trials * 0.25)) << "capacity " << capacity;
    }
  });
}

TYPED_TEST(select_rules, with_all_cases_ready_exactly_one_runs) {
  using M = TypeParam;
  this->run([&] {
    for (int round = 0; round < 300; ++round) {
      typename M::template channel<int> a(selectable{1}), b(selectable{1}), c(selectable{1}), closed(selectable{1});
      a.send(1);
      b.send(1);
      closed.close();
      int ran = 0;
      const auto count = [&] { ++ran; };
      const auto count_value = [&](auto) { ++ran; };
      const std::size_t chosen =
          M::select(M::on_recv(a, count_value), M::on_recv(b, count_value), M::on_send(c, 1, count),
                    M::on_recv(closed, count_value), M::after(duration::zero(), count), M::otherwise(count));
      EXPECT_EQ(ran, 1);
      EXPECT_LE(chosen, 3U);
      int value = 0;
      EXPECT_EQ(a.try_recv(value) == try_result::value, chosen != 0);
      EXPECT_EQ(b.try_recv(value) == try_result::value, chosen != 1);
      EXPECT_EQ(c.try_recv(value) == try_result::value, chosen == 2);
    }
  });
}

TYPED_TEST(select_rules, otherwise_is_never_taken_while_one_of_two_cases_is_ready_at_any_time) {
  using M = TypeParam;
  this->run([&] {
    // A token goes to and fro between two channels, and is in the one before it is taken from the other. Who looks at
    // both at one moment sees it, always; who looks at one after the other may find both empty.
    typename M::template channel<int> a(selectable{3}), b(selectable{3});
    typename M::wait_group ended;
    std::atomic<bool> stop = false;
    a.send(1);
    ended.add(1);
    M::go([&, a, b]() mutable {
      while (!stop) {
        b.send(1);
        (void)a.recv();
        a.send(1);
        (void)b.recv();
        M::yield();
      }
      ended.done();
    });
    int missed = 0;
    for (int look = 0; look < 100000; ++look) {
      const std::size_t found =
          M::select(M::on_recv(a, ignore_value), M::on_recv(b, ignore_value), M::otherwise(ignore));
      if (found == 0) a.send(1);
      if (found == 1) b.send(1);
      if (found == 2) ++missed;
      if (look % 16 == 0) M::yield();
    }
    stop = true;
    ended.wait();
    EXPECT_EQ(missed, 0);
  });
}

TYPED_TEST(select_rules, a_case_that_is_disabled_is_never_chosen) {
  using M = TypeParam;
  this->run([&] {
    // Nobody else has the channel, so its cases are never ready: what a nil channel is in Go.
    typename M::template channel<int> disabled(selectable{0}), ready(selectable{1});
    for (int i = 0; i < 200; ++i) {
      ready.send(i);
      EXPECT_EQ(M::select(M::on_recv(disabled, ignore_value), M::on_recv(ready, ignore_value),
                          M::on_send(disabled, 1, ignore)),
                1U);
    }
    EXPECT_EQ(M::select(M::on_recv(disabled, ignore_value), M::on_send(disabled, 1, ignore), M::otherwise(ignore)), 2U);
    EXPECT_EQ(M::select(M::on_recv(disabled, ignore_value), M::after(std::chrono::milliseconds(1), ignore)), 1U);
  });
}

TYPED_TEST(select_rules, a_merge_disables_each_source_that_is_closed) {
  using M = TypeParam;
  using ints = typename M::template channel<int>;
  this->run([&] {
    std::array<ints, 2> source = {ints(selectable{0}), ints(selectable{2})};
    for (std::size_t s = 0; s < 2; ++s) {
      M::go([ch = source[s], s]() mutable {
        for (int i = 0; i < 300 * static_cast<int>(s + 1); ++i) ch.send(i);
        ch.close();
      });
    }
    int open = 2;
    std::array<int, 2> next{};
    const auto take_from = [&](std::size_t s) {
      return [&, s](std::optional<int> value) {
        if (value) {
          EXPECT_EQ(*value, next[s]++);
        } else {
          source[s] = ints(selectable{0});
          --open;
        }
      };
    };
    // NOLINTBEGIN(bugprone-infinite-loop, performance-unnecessary-copy-initialization): take_from changes `open`,
    // `source`
    while (open > 0) {
      const auto now = source;
      M::select(M::on_recv(now[0], take_from(0)), M::on_recv(now[1], take_from(1)));
    }
    // NOLINTEND(bugprone-infinite-loop, performance-unnecessary-copy-initialization)
    EXPECT_EQ(next[0], 300);
    EXPECT_EQ(next[1], 600);
  });
}

TYPED_TEST(select_rules, a_timeout_is_not_much_late) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<int> never(selectable{0});
    // Late by a millisecond or two is the clock's and the kernel's; the best of twenty by a fiftieth of a second is
    // not.
    auto best = duration::max();
    for (int i = 0; i < 20; ++i) {
      constexpr duration delay = std::chrono::milliseconds(3);
      const auto start = std::chrono::steady_clock::now();
      M::select(M::on_recv(never, ignore_value), M::after(delay, ignore));
      best = std::min<duration>(best, std::chrono::steady_clock::now() - start - delay);
    }
    EXPECT_GE(best, duration::zero());
    EXPECT_LT(best, std::chrono::milliseconds(20));
  });
}

TYPED_TEST(select_rules, selects_and_plain_operations_share_channels_of_several_capacities) {
  using M = TypeParam;
  using longs = typename M::template channel<long>;
  this->run([&] {
    constexpr long each = 500;
    using four = std::array<longs, 4>;
    const four all = {longs(selectable{0}), longs(selectable{0}), longs(selectable{2}), longs(selectable{3})};
    typename M::wait_group ended;
    std::atomic<long> sent = 0;
    std::atomic<long> received = 0;
    ended.add(10);
    for (longs one : all) {  // NOLINT(performance-for-range-copy): a constant one is copied as such
      M::go([&, one]() mutable {
        for (long i = 0; i < each; ++i) {
          one.send(i);
          sent += i;
        }
        ended.done();
      });
      M::go([&, one]() mutable {
        for (long i = 0; i < each; ++i) received += one.recv().value();
        ended.done();
      });
    }
    // The selects do the same on all four at once, and leave a channel when they have done their share of it.
    const auto by_select = [&](auto select_of) {
      M::go([&, select_of] {
        four on = all;
        std::array<long, 4> done{};
        for (long i = 0; i < 4 * each; ++i) {
          const std::size_t k = select_of(on, i);
          if (++done[k] == each) on[k] = longs(selectable{0});
        }
        ended.done();
      });
    };
    by_select([&](const four& on, long i) {
      const auto count = [&] { sent += i; };
      return M::select(M::on_send(on[0], i, count), M::on_send(on[1], i, count), M::on_send(on[2], i, count),
                       M::on_send(on[3], i, count));
    });
    by_select([&](const four& on, long) {
      const auto count = [&](std::optional<long> v) { received += v.value(); };
      return M::select(M::on_recv(on[0], count), M::on_recv(on[1], count), M::on_recv(on[2], count),
                       M::on_recv(on[3], count));
    });
    ended.wait();
    EXPECT_EQ(sent, received);
  });
}

TYPED_TEST(select_rules, two_selects_meet) {
  using M = TypeParam;
  this->run([&] {
    constexpr int rounds = 3000;
    typename M::template channel<int> left(selectable{0}), right(selectable{0});
    std::atomic<long> sent = 0;
    std::atomic<long> received = 0;
    const auto meet = [&](auto out, auto in, int from) {
      for (int i = 0; i < rounds; ++i) {
        M::select(M::on_send(out, from + i, [&] { sent += from + i; }),
                  M::on_recv(in, [&](std::optional<int> v) { received += *v; }));
      }
    };
    typename M::wait_group ended;
    ended.add(1);
    M::go([&, left, right] {
      meet(left, right, 1000000);
      ended.done();
    });
    meet(right, left, 0);  // each round of the one is a round of the other
    ended.wait();
    EXPECT_EQ(sent, received);
  });
}

TYPED_TEST(select_rules, many_selects_on_both_sides_of_the_same_channels) {
  using M = TypeParam;
  this->run([&] {
    constexpr int tasks = 6;
    constexpr int enough = 2000;
    typename M::template channel<int> a(selectable{0}), b(selectable{0}), stop(selectable{0});
    typename M::wait_group ended;
    std::atomic<int> sent = 0;
    std::atomic<int> received = 0;
    ended.add(tasks);
    for (int t = 0; t < tasks; ++t) {
      M::go([&, a, b, stop]() mutable {
        bool on = true;
        while (on && received < enough) {
          M::select(M::on_send(a, 1, [&] { ++sent; }), M::on_recv(a, [&](auto) { ++received; }),
                    M::on_recv(b, [&](auto) { ++received; }), M::on_send(b, 1, [&] { ++sent; }),
                    M::on_recv(stop, [&](auto) { on = false; }));
        }
        ended.done();
      });
    }
    this->wait_until([&] { return received >= enough; });
    stop.close();
    ended.wait();
    EXPECT_EQ(sent, received);
  });
}

TYPED_TEST(select_rules, the_same_channel_twice_is_one_value_once) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<int> ch(selectable{0});
    M::go([ch]() mutable {
      for (int i = 0; i < 300; ++i) ch.send(i);
      ch.close();
    });
    int expected = 0;
    bool open = true;
    const auto take = [&](std::optional<int> v) {
      open = v.has_value();
      if (open) {
        EXPECT_EQ(*v, expected++);
      }
    };
    // NOLINTNEXTLINE(bugprone-infinite-loop): `take` changes `open`
    while (open) M::select(M::on_recv(ch, take), M::on_recv(ch, take));
    EXPECT_EQ(expected, 300);
  });
}

TYPED_TEST(select_rules, a_select_does_not_meet_itself) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<int> ch(selectable{0});
    EXPECT_EQ(M::select(M::on_send(ch, 1, ignore), M::on_recv(ch, ignore_value),
                        M::after(std::chrono::milliseconds(5), ignore)),
              2U);
  });
}

TYPED_TEST(select_rules, a_closed_channel_is_ready) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<int> open(selectable{0}), closed(selectable{0});
    closed.close();
    bool empty = false;
    EXPECT_EQ(M::select(M::on_recv(open, ignore_value), M::on_recv(closed, [&](auto v) { empty = !v; })), 1U);
    EXPECT_TRUE(empty);
    EXPECT_THROW(M::select(M::on_recv(open, ignore_value), M::on_send(closed, 1, ignore)), typename M::channel_closed);
  });
}

TYPED_TEST(select_rules, close_wakes_a_select) {
  using M = TypeParam;
  this->run([&] {
    for (const bool sending : {false, true}) {
      typename M::template channel<int> never(selectable{0}), closing(selectable{0});
      M::go([closing]() mutable {
        M::sleep_for(std::chrono::milliseconds(5));
        closing.close();
      });
      if (sending) {
        EXPECT_THROW(M::select(M::on_recv(never, ignore_value), M::on_send(closing, 1, ignore)),
                     typename M::channel_closed);
      } else {
        std::optional<int> value = 1;
        EXPECT_EQ(M::select(M::on_recv(never, ignore_value), M::on_recv(closing, [&](auto v) { value = v; })), 1U);
        EXPECT_EQ(value, std::nullopt);
      }
    }
  });
}

TYPED_TEST(select_rules, recv_any_says_which_channel_it_was) {
  using M = TypeParam;
  this->run([&] {
    for (const int n : {1, 3, 70}) {
      std::vector<typename M::template channel<int>> channels;
      for (int i = 0; i < n; ++i) channels.emplace_back(selectable{0});
      for (int i = 0; i < n; ++i) {
        M::go([ch = channels[static_cast<std::size_t>(i)], i]() mutable {
          for (int k = 0; k < 20; ++k) ch.send(i * 1000 + k);
        });
      }
      std::vector<int> next(static_cast<std::size_t>(n), 0);
      for (int k = 0; k < n * 20; ++k) {
        const auto [index, value] = M::recv_any(std::span(channels));
        ASSERT_TRUE(value.has_value());
        EXPECT_EQ(*value, static_cast<int>(index) * 1000 + next[index]++);
      }
      channels.back().close();
      const auto [index, value] = M::recv_any(std::span(channels));
      EXPECT_EQ(index, channels.size() - 1);
      EXPECT_EQ(value, std::nullopt);
    }
  });
}

TYPED_TEST(select_rules, values_that_can_only_be_moved_pass_through) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<std::unique_ptr<int>> in(selectable{0}), out(selectable{0});
    M::go([in, out]() mutable {
      in.send(std::make_unique<int>(1));
      auto value = out.recv();
      EXPECT_EQ(**value, 2);
    });
    EXPECT_EQ(M::select(M::on_recv(in, [](std::optional<std::unique_ptr<int>> v) { EXPECT_EQ(**v, 1); })), 0U);
    EXPECT_EQ(M::select(M::on_recv(in, ignore_value), M::on_send(out, std::make_unique<int>(2), ignore)), 1U);
  });
}

}  // namespace threadmark::conformance
