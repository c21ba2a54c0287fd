// Whole programs of many tasks: every value arrives, once.
#pragma once

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
      for (int i = 0; i < 10; ++i) sum += in.recv().value();
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
