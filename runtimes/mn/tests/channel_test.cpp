#include <atomic>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

#include "on_cores.hpp"

using namespace std::chrono_literals;

TEST(channel, an_unbuffered_send_returns_only_when_the_value_was_taken) {
  on_cores([] {
    mn::channel<int> ch;
    std::atomic<bool> sent{false};
    mn::go([&, ch] {
      ch.send(1);
      sent = true;
    });
    mn::sleep_for(20ms);
    EXPECT_FALSE(sent);
    EXPECT_EQ(ch.recv(), 1);
    while (!sent) mn::yield();
  });
}

TEST(channel, with_capacity_3_the_4th_send_blocks) {
  on_cores([] {
    mn::channel<int> ch(3);
    std::atomic<int> sent{0};
    mn::go([&, ch] {
      for (int i = 0; i < 4; ++i) {
        ch.send(i);
        ++sent;
      }
    });
    mn::sleep_for(20ms);
    EXPECT_EQ(sent, 3);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(ch.recv(), i);
    while (sent != 4) mn::yield();
  });
}

TEST(channel, keeps_order_at_every_small_capacity) {
  on_cores([] {
    for (std::size_t capacity = 0; capacity < 20; ++capacity) {
      mn::channel<int> ch(capacity);
      mn::go([ch] {
        for (int i = 0; i < 100; ++i) ch.send(i);
        ch.close();
      });
      int expected = 0;
      for (int v : ch) ASSERT_EQ(v, expected++);
      ASSERT_EQ(expected, 100);
    }
  });
}

TEST(channel, drains_what_was_sent_before_close) {
  on_cores([] {
    mn::channel<int> ch(3);
    ch.send(1);
    ch.send(2);
    ch.close();
    EXPECT_EQ(ch.recv(), 1);
    EXPECT_EQ(ch.recv(), 2);
    EXPECT_EQ(ch.recv(), std::nullopt);
    EXPECT_EQ(ch.recv(), std::nullopt);
  });
}

TEST(channel, close_wakes_all_receivers) {
  on_cores([] {
    mn::channel<int> ch;
    std::atomic<int> empty{0};
    mn::wait_group wg;
    for (int i = 0; i < 50; ++i) {
      wg.go([&, ch] {
        if (!ch.recv()) ++empty;
      });
    }
    mn::sleep_for(5ms);
    ch.close();
    wg.wait();
    EXPECT_EQ(empty, 50);
  });
}

TEST(channel, close_ends_blocked_sends_with_an_error) {
  on_cores([] {
    mn::channel<int> ch;
    std::atomic<int> errors{0};
    mn::wait_group wg;
    for (int i = 0; i < 50; ++i) {
      wg.go([&, ch] {
        try {
          ch.send(1);
        } catch (const mn::send_on_closed_channel&) {
          ++errors;
        }
      });
    }
    mn::sleep_for(5ms);
    ch.close();
    wg.wait();
    EXPECT_EQ(errors, 50);
  });
}

TEST(channel, misuse_is_a_named_error) {
  on_cores([] {
    mn::channel<int> ch(1);
    ch.close();
    EXPECT_THROW(ch.send(1), mn::send_on_closed_channel);
    EXPECT_THROW((void)ch.try_send(1), mn::send_on_closed_channel);
    EXPECT_THROW(ch.close(), mn::close_of_closed_channel);
  });
}

TEST(channel, try_operations_do_not_block) {
  on_cores([] {
    mn::channel<int> ch(1);
    std::optional<int> v;
    EXPECT_EQ(ch.try_recv(v), mn::channel<int>::state::empty);
    EXPECT_TRUE(ch.try_send(7));
    EXPECT_FALSE(ch.try_send(8));
    EXPECT_EQ(ch.try_recv(v), mn::channel<int>::state::value);
    EXPECT_EQ(v, 7);
    ch.close();
    EXPECT_EQ(ch.try_recv(v), mn::channel<int>::state::closed);
    mn::channel<int> unbuffered;
    EXPECT_FALSE(unbuffered.try_send(1));
  });
}

TEST(channel, moves_values_that_cannot_be_copied) {
  on_cores([] {
    for (std::size_t capacity : {0u, 2u}) {
      mn::channel<std::unique_ptr<int>> ch(capacity);
      mn::go([ch] {
        for (int i = 0; i < 10; ++i) ch.send(std::make_unique<int>(i));
        ch.close();
      });
      int expected = 0;
      while (auto v = ch.recv()) EXPECT_EQ(**v, expected++);
      EXPECT_EQ(expected, 10);
    }
  });
}

TEST(channel, destroys_values_that_nobody_received) {
  auto counted = std::make_shared<int>(0);
  {
    mn::channel<std::shared_ptr<int>> ch(4);
    ch.send(counted);
    ch.send(counted);
    EXPECT_EQ(ch.recv(), counted);
    ch.send(counted);
    EXPECT_EQ(counted.use_count(), 3);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(channel, every_value_of_many_producers_reaches_one_of_many_consumers_once) {
  on_cores([] {
    constexpr int producers = 8, consumers = 8, each = 500;
    for (std::size_t capacity : {0u, 1u, 64u}) {
      mn::channel<int> ch(capacity);
      std::vector<std::atomic<int>> seen(producers * each);
      mn::wait_group sending, receiving;
      for (int p = 0; p < producers; ++p) {
        sending.go([=] {
          for (int i = 0; i < each; ++i) ch.send(p * each + i);
        });
      }
      for (int c = 0; c < consumers; ++c) {
        receiving.go([&, ch] {
          for (int v : ch) ++seen[static_cast<std::size_t>(v)];
        });
      }
      sending.wait();
      ch.close();
      receiving.wait();
      for (auto& s : seen) ASSERT_EQ(s, 1);
    }
  });
}

TEST(channel, works_from_plain_threads) {
  mn::runtime rt({.cores = 2});
  mn::channel<int> in, out(4);
  std::thread plain([&] {
    for (int i = 0; i < 1000; ++i) in.send(i);
    in.close();
  });
  std::thread other([&] {
    int sum = 0;
    for (int v : out) sum += v;
    EXPECT_EQ(sum, 999 * 1000);
  });
  rt.run([&] {
    for (int v : in) out.send(2 * v);
    out.close();
  });
  plain.join();
  other.join();
}

TEST(channel, a_close_that_wakes_many_lets_them_run_in_between) {
  mn::runtime rt({.cores = 1, .spare_threads = 0});  // nobody else runs them
  rt.run([] {
    constexpr int many = 1000;
    mn::channel<int> gate;
    mn::wait_group parked, all;
    std::atomic<int> ran{0};
    parked.add(many);
    for (int i = 0; i < many; ++i) {
      all.go([&, gate] {
        parked.done();
        EXPECT_FALSE(gate.recv());
        ++ran;
      });
    }
    parked.wait();
    mn::sleep_for(5ms);
    gate.close();
    EXPECT_GT(ran, many / 2);
    all.wait();
    EXPECT_EQ(ran, many);
  });
}

// Tasks that receive, and leave, while others are being woken; and one that drops the last handle but the closer's.
TEST(channel, is_closed_while_tasks_come_and_go) {
  on_cores([] {
    for (int round = 0; round < 20; ++round) {
      auto ch = std::make_unique<mn::channel<int>>(std::size_t(round % 3));
      std::atomic<int> ended{0};
      mn::wait_group all;
      for (int i = 0; i < 300; ++i) {
        all.go([&ended, ch = *ch, i] {
          if (i % 3 == 0) {
            mn::select(mn::on_recv(ch, [](auto) {}), mn::after(std::chrono::microseconds(i), [] {}));
          } else {
            while (ch.recv()) {
            }
          }
          ++ended;
        });
      }
      if (round % 2 == 0) mn::yield();
      ch->close();
      ch.reset();
      all.wait();
      ASSERT_EQ(ended, 300);
    }
  });
}
