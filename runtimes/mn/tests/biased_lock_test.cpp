// The lock of channels: who owns the bias, and that nobody is ever in beside another, however often it changes hands.
#include "mn/detail/biased_lock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <mn/mn.hpp>
#include <random>
#include <string>
#include <thread>

#include "on_cores.hpp"
#include "seed.hpp"

namespace {

using mn::detail::biased_lock;
using namespace std::chrono_literals;

bool somebody_owns() {
  return (mn::detail::lock_bias.load() & mn::detail::bias_owned) != 0;
}

/// Nobody but this thread is counted; not so where tests before this one, in the same process, have left threads
/// behind.
bool may_be_owned() {
  biased_lock::leave();
  return static_cast<std::uint32_t>(mn::detail::lock_bias.load()) == 0;
}

#define NEEDS_BIAS()                                                                      \
  if (!mn::detail::locks_can_be_biased) GTEST_SKIP() << "every lock is an exchange here"; \
  if (!may_be_owned()) GTEST_SKIP() << "a test before this one has left threads that use channels"

/// Passes values to and fro until `done`, or ten seconds are over.
template <class F>
bool use_channels_until(F done) {
  const mn::channel<int> ping, pong;
  bool came = false;
  auto echo = mn::spawn([&] {
    for (int v : ping) pong.send(v);
    pong.close();
  });
  for (const auto end = std::chrono::steady_clock::now() + 10s; !came && std::chrono::steady_clock::now() < end;
       came = done()) {
    for (int i = 0; i < 100; ++i) {
      ping.send(i);
      EXPECT_EQ(pong.recv(), i);
    }
  }
  ping.close();
  echo.join();
  return came;
}

TEST(biased_lock, a_worker_that_is_alone_for_a_while_becomes_the_owner) {
  NEEDS_BIAS();
  for (const unsigned cores : {1u, 2u}) {
    mn::runtime rt({.cores = cores});
    rt.run([] { EXPECT_TRUE(use_channels_until(somebody_owns)); });
  }
  EXPECT_FALSE(somebody_owns()) << "its thread has ended";
}

TEST(biased_lock, a_worker_that_sleeps_shares_the_locks_with_nobody) {
  NEEDS_BIAS();
  mn::runtime rt({.cores = 2});
  rt.run([] {
    std::atomic<int> there{0};
    const auto meet_on_another_worker = [&there] {
      const mn::channel<int> mine(1);
      mine.send(1);
      ++there;
      while (there.load() < 2) {
      }
    };
    auto other = mn::spawn(meet_on_another_worker);
    meet_on_another_worker();
    other.join();
    EXPECT_TRUE(use_channels_until(somebody_owns));
  });
}

TEST(biased_lock, a_plain_thread_takes_the_bias_away_and_it_comes_back_when_that_blocks) {
  NEEDS_BIAS();
  mn::runtime rt({.cores = 1});
  rt.run([] {
    ASSERT_TRUE(use_channels_until(somebody_owns));
    const mn::channel<int> numbers(4);
    std::atomic<bool> taken_away{false};
    std::thread plain([&] {
      numbers.send(1);
      taken_away = !somebody_owns();
      while (numbers.recv()) {
      }
    });
    EXPECT_TRUE(use_channels_until([&] { return taken_away.load() && numbers.size() == 0 && somebody_owns(); }));
    numbers.send(2);
    numbers.close();
    plain.join();
    EXPECT_TRUE(use_channels_until(somebody_owns)) << "a thread that has ended uses no channels";
  });
}

TEST(biased_lock, a_spare_thread_takes_the_bias_away) {
  NEEDS_BIAS();
  mn::runtime rt({.cores = 1});
  rt.run([] {
    ASSERT_TRUE(use_channels_until(somebody_owns));
    std::atomic<bool> taken_away{false};
    auto other = mn::spawn([&] { taken_away = use_channels_until([] { return !somebody_owns(); }); });
    std::this_thread::sleep_for(200ms);  // found blocking, by the monitor
    other.join();
    EXPECT_TRUE(taken_away);
  });
}

TEST(biased_lock, try_lock_fails_where_the_owner_itself_holds_it) {
  NEEDS_BIAS();
  mn::runtime rt({.cores = 1});
  rt.run([] {
    ASSERT_TRUE(use_channels_until(somebody_owns));
    biased_lock l;
    ASSERT_TRUE(somebody_owns());
    l.lock();
    EXPECT_FALSE(l.try_lock());
    l.unlock();
    EXPECT_TRUE(l.try_lock());
    bool other = true;
    std::thread([&] { other = l.try_lock(); }).join();
    EXPECT_FALSE(other);
    EXPECT_FALSE(l.try_lock()) << "the owner is none any more, and still holds it";
    l.unlock();
    std::thread([&] {
      other = l.try_lock();
      if (other) l.unlock();
    }).join();
    EXPECT_TRUE(other);
  });
}

// What a lock protects, on the line it lies on: who looks at it delays the owner's stores, which widens the moment in
// which the owner's claim is not yet seen.
struct alignas(64) guarded {
  biased_lock lock;
  std::uint64_t inside = 0;
  std::uint64_t entries = 0;
  std::atomic<std::uint64_t> looked_at{0};
};

// False: somebody else was inside.
bool enter(guarded& g, unsigned length) {
  g.lock.lock();
  const bool alone = ++g.inside == 1;
  for (unsigned i = 0; i < length; ++i) asm volatile("" : : : "memory");
  ++g.entries;
  const bool still_alone = g.inside == 1;
  --g.inside;
  g.lock.unlock();
  return alone && still_alone;
}

TEST(biased_lock, nobody_is_in_beside_another_while_the_bias_comes_and_goes) {
  NEEDS_BIAS();
  SCOPED_TRACE(testing::Message() << "MN_SEED=" << seed());
  guarded all[4];
  std::atomic<bool> over{false};
  std::uint64_t plain_entries = 0, plain_violations = 0, taken_away = 0;
  std::thread plain([&] {
    std::mt19937 random(seed());
    const auto end = std::chrono::steady_clock::now() + 1500ms;
    while (std::chrono::steady_clock::now() < end) {
      guarded& g = all[random() % std::size(all)];
      while (!somebody_owns() && std::chrono::steady_clock::now() < end) g.looked_at.load(std::memory_order_relaxed);
      for (unsigned i = random() % 4000; i > 0; --i) g.looked_at.load(std::memory_order_relaxed);
      taken_away += somebody_owns();
      for (unsigned n = 1 + random() % 3; n > 0; --n) {
        plain_violations += !enter(g, random() % 200);
        ++plain_entries;
      }
      biased_lock::leave();
    }
    over = true;
  });
  std::uint64_t task_entries = 0, task_violations = 0;
  mn::runtime rt({.cores = 1});
  rt.run([&] {
    std::mt19937 random(seed() + 1);
    for (; !over.load(std::memory_order_relaxed); ++task_entries) {
      const unsigned length = random() % 64 == 0 ? 100'000 : random() % 20;  // some longer than the barrier takes
      task_violations += !enter(all[random() % std::size(all)], length);
      if (task_entries % 64 == 0) mn::yield();
    }
  });
  plain.join();
  EXPECT_EQ(plain_violations + task_violations, 0u);
  std::uint64_t entries = 0;
  for (const guarded& g : all) entries += g.entries;
  EXPECT_EQ(entries, task_entries + plain_entries);
  EXPECT_GT(taken_away, 20u) << "of " << task_entries << " entries and " << plain_entries;
  RecordProperty("taken_away", std::to_string(taken_away));
}

}  // namespace
