// Whole programs of many tasks: every value arrives, once.
#pragma once

#include <chrono>
#include <utility>
#include <vector>

#include "conformance/suite.hpp"

namespace threadmark::conformance {

THREADMARK_RULES(traffic_rules);

TYPED_TEST(traffic_rules, prime_sieve) {
  using M = TypeParam;
  using ints = typename M::template channel<int>;
  this->run([&] {
    ints candidates(0);
    M::go([out = candidates]() mutable {
      for (int i = 2; i < 230; ++i) out.send(i);
      out.close();
    });
    std::vector<int> primes;
    while (const auto prime = candidates.recv()) {
      primes.push_back(*prime);
      ints next(0);
      M::go([in = candidates, out = next, p = *prime]() mutable {
        while (const auto v = in.recv()) {
          if (*v % p != 0) out.send(*v);
        }
        out.close();
      });
      candidates = next;
    }
    ASSERT_EQ(primes.size(), 50U);
    EXPECT_EQ(primes.front(), 2);
    EXPECT_EQ(primes.back(), 229);
  });
}

TYPED_TEST(traffic_rules, of_many_producers_and_consumers_every_value_is_received_once) {
  using M = TypeParam;
  for (const std::size_t capacity : {0, 1, 2, 7, 128}) {
    this->run([&] {
      constexpr int producers = 6;
      constexpr int consumers = 5;
      constexpr int each = 400;
      typename M::template channel<int> ch(capacity);
      std::vector<std::atomic<int>> seen(producers * each);
      typename M::wait_group sending, receiving;
      sending.add(producers);
      receiving.add(consumers);
      for (int p = 0; p < producers; ++p) {
        M::go([&, ch, p]() mutable {
          for (int i = 0; i < each; ++i) ch.send(p * each + i);
          sending.done();
        });
      }
      for (int c = 0; c < consumers; ++c) {
        M::go([&, ch]() mutable {
          while (const auto v = ch.recv()) ++seen[static_cast<std::size_t>(*v)];
          receiving.done();
        });
      }
      sending.wait();
      ch.close();
      receiving.wait();
      for (const auto& times : seen) ASSERT_EQ(times, 1) << "capacity " << capacity;
    });
  }
}

TYPED_TEST(traffic_rules, far_more_tasks_than_cores_may_block) {
  using M = TypeParam;
  this->run([&] {
    constexpr int tasks = 300;
    typename M::template channel<int> gate(0), out(0);
    typename M::wait_group arrived;
    arrived.add(tasks);
    for (int i = 0; i < tasks; ++i) {
      M::go([&, gate, out, i]() mutable {
        arrived.done();
        EXPECT_EQ(gate.recv(), std::nullopt);
        out.send(i);
      });
    }
    arrived.wait();
    gate.close();
    int sum = 0;
    for (int i = 0; i < tasks; ++i) sum += out.recv().value();
    EXPECT_EQ(sum, tasks * (tasks - 1) / 2);
  });
}

/// Power series as streams of their coefficients (McIlroy, "Squinting at Power Series", 1990): each operation is a
/// task, and products are made by recursion. Coefficients are taken modulo a prime, so that there is division; a stream
/// has `terms` of them, and room for all.
template <class M>
struct power_series {
  using stream = typename M::template channel<long>;
  static constexpr long prime = 1'000'003;
  static constexpr std::size_t terms = 20;

  static stream make() { return stream(at_least{terms + 1}); }

  static long inverse(long a) {
    long result = 1;
    for (long e = prime - 2; e > 0; e /= 2, a = a * a % prime) {
      if (e % 2 == 1) result = result * a % prime;
    }
    return result;
  }

  static std::pair<stream, stream> split(stream in) {
    stream a = make(), b = make();
    M::go([in, a, b]() mutable {
      while (const auto v = in.recv()) {
        a.send(*v);
        b.send(*v);
      }
      a.close();
      b.close();
    });
    return {a, b};
  }

  /// p * f + q * g
  static stream combine(long p, stream f, long q, stream g) {
    stream out = make();
    M::go([=]() mutable {
      for (;;) {
        const auto a = f.recv();
        const auto b = g.recv();
        if (!a || !b) return out.close();
        out.send((p * *a + q * *b) % prime);
      }
    });
    return out;
  }

  /// (f0 + x f')(g0 + x g') = f0 g0 + x (f0 g' + g0 f' + x f' g')
  static stream product(stream f, stream g) {
    stream out = make();
    M::go([=]() mutable {
      const auto f0 = f.recv();
      const auto g0 = g.recv();
      if (!f0 || !g0) return out.close();
      out.send(*f0 * *g0 % prime);
      const auto [f1, f2] = split(f);
      const auto [g1, g2] = split(g);
      stream cross = combine(*f0, g1, *g0, f1);
      const auto first = cross.recv();
      if (!first) return out.close();
      out.send(*first);
      stream rest = product(f2, g2);
      for (;;) {
        const auto a = cross.recv();
        if (!a) return out.close();
        out.send((*a + rest.recv().value()) % prime);
      }
    });
    return out;
  }

  /// The first `terms` coefficients of c + the integral of f, to `out`.
  static void integral(long c, stream f, stream out) {
    M::go([=]() mutable {
      out.send(c);
      for (long k = 1; k < static_cast<long>(terms); ++k) out.send(f.recv().value() * inverse(k) % prime);
      out.close();
    });
  }
};

TYPED_TEST(traffic_rules, power_series_solve_differential_equations) {
  using M = TypeParam;
  using series = power_series<M>;
  this->run([&] {
    constexpr long prime = series::prime;
    {  // y' = y, y(0) = 1: the coefficients of exp are 1 / k!
      auto y = series::make();
      auto [result, back] = series::split(y);
      series::integral(1, back, y);
      long factorial = 1;
      for (long k = 0; k < static_cast<long>(series::terms); ++k) {
        if (k > 0) factorial = factorial * k % prime;
        EXPECT_EQ(result.recv().value() * factorial % prime, 1) << k;
      }
      EXPECT_EQ(result.recv(), std::nullopt);
    }
    {  // y' = 1 + y^2, y(0) = 0: tan, 0, 1, 0, 1/3, 0, 2/15, 0, 17/315, 0, 62/2835
      auto one = series::make();
      one.send(1);
      for (std::size_t k = 1; k < series::terms; ++k) one.send(0);
      one.close();
      auto y = series::make();
      auto [result, again] = series::split(y);
      auto [left, right] = series::split(again);
      series::integral(0, series::combine(1, one, 1, series::product(left, right)), y);
      const std::pair<long, long> tan[] = {{0, 1},  {1, 1}, {0, 1},    {1, 3}, {0, 1},
                                           {2, 15}, {0, 1}, {17, 315}, {0, 1}, {62, 2835}};
      for (const auto& [above, below] : tan) EXPECT_EQ(result.recv().value() * below % prime, above);
    }
  });
}

TYPED_TEST(traffic_rules, a_token_goes_a_million_hops_around_a_ring) {
  using M = TypeParam;
  using ints = typename M::template channel<int>;
#if defined(__SANITIZE_THREAD__)
  constexpr int hops = 20'000;  // a switch takes ThreadSanitizer a tenth of a millisecond
#else
  constexpr int hops = 1'000'000;
#endif
  // Threads that spin while others compute can take a fifth of a millisecond a hop: then as many as fit into this.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::atomic<int> left = -1;
  this->run([&] {
    constexpr int members = 100;
    std::vector<ints> place;
    for (int i = 0; i < members; ++i) place.emplace_back(at_least{1});
    for (std::size_t i = 0; i < members; ++i) {
      M::go([&left, until, in = place[i], out = place[(i + 1) % members]]() mutable {
        while (const auto token = in.recv()) {
          if (*token == 0 || (*token % 1000 == 0 && std::chrono::steady_clock::now() > until)) {
            left = *token;
            break;
          }
          out.send(*token - 1);
        }
        out.close();
      });
    }
    place.front().send(hops);
    this->wait_until([&] { return left >= 0; });
  });
  if (left > 0) GTEST_SKIP() << "the machine is busy: " << hops - left << " hops in 20 s, none lost";
}

TYPED_TEST(traffic_rules, tasks_start_tasks_in_a_tree) {
  using M = TypeParam;
  using results = typename M::template channel<long>;
  struct node {
    static void run(results out, long first, long size) {
      if (size == 1) return out.send(first);
      results in(0);
      for (long i = 0; i < 10; ++i) {
        M::go([in, first, size, i] { run(in, first + i * (size / 10), size / 10); });
      }
      long sum = 0;
      for (int i = 0; i < 10; ++i)
        sum += in.recv().value();  // NOLINT(bugprone-unchecked-optional-access): value() throws
      out.send(sum);
    }
  };
  this->run([&] {
    results top(0);
    M::go([top] { node::run(top, 0, 1000); });
    EXPECT_EQ(top.recv(), 999L * 1000 / 2);
  });
}

}  // namespace threadmark::conformance
