// Channels: blocking, order, capacity, try, values that can only be moved.
#pragma once

#include <memory>
#include <mutex>
#include <numeric>
#include <vector>

#include "conformance/suite.hpp"

namespace threadmark::conformance {

THREADMARK_RULES(channel_rules);

TYPED_TEST(channel_rules, unbuffered_send_returns_only_after_the_receive_has_begun) {
  using M = TypeParam;
  this->run([&] {
    for (int round = 0; round < 20; ++round) {
      typename M::template channel<int> ch(0);
      std::atomic<bool> receiving = false;
      M::go([&receiving, ch]() mutable {
        M::sleep_for(std::chrono::milliseconds(1));
        receiving = true;
        EXPECT_EQ(ch.recv(), 7);
      });
      ch.send(7);
      EXPECT_TRUE(receiving) << "the send returned while nobody received";
    }
  });
}

TYPED_TEST(channel_rules, with_capacity_3_the_4th_send_blocks) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<int> ch(3);
    std::atomic<int> sent = 0;
    M::go([&sent, ch]() mutable {
      for (int i = 0; i < 5; ++i) {
        ch.send(i);
        ++sent;
      }
    });
    this->wait_until([&] { return sent == 3; });
    this->let_others_run();
    EXPECT_EQ(sent, 3) << "the 4th send did not wait";
    EXPECT_EQ(ch.recv(), 0);
    this->wait_until([&] { return sent == 4; });
    this->let_others_run();
    EXPECT_EQ(sent, 4) << "one place was free, two sends went through";
    for (int i = 1; i < 5; ++i) EXPECT_EQ(ch.recv(), i);
    this->wait_until([&] { return sent == 5; });
  });
}

TYPED_TEST(channel_rules, receive_blocks_while_empty) {
  using M = TypeParam;
  this->run([&] {
    for (const std::size_t capacity : {0, 1, 5}) {
      typename M::template channel<int> ch(capacity);
      std::atomic<bool> received = false;
      M::go([&received, ch]() mutable {
        EXPECT_EQ(ch.recv(), 3);
        received = true;
      });
      this->let_others_run();
      EXPECT_FALSE(received);
      ch.send(3);
      this->wait_until([&] { return received.load(); });
    }
  });
}

TYPED_TEST(channel_rules, values_arrive_in_the_order_in_which_they_were_sent) {
  using M = TypeParam;
  this->run([&] {
    for (const std::size_t capacity : {0, 1, 2, 3, 64}) {
      typename M::template channel<int> ch(capacity);
      M::go([ch]() mutable {
        for (int i = 0; i < 500; ++i) ch.send(i);
        ch.close();
      });
      int expected = 0;
      while (const auto value = ch.recv()) EXPECT_EQ(*value, expected++);
      EXPECT_EQ(expected, 500);
    }
  });
}

TYPED_TEST(channel_rules, every_capacity_up_to_199_is_exact) {
  using M = TypeParam;
  this->run([&] {
    const auto holds_exactly = [](auto ch, std::size_t capacity) {
      EXPECT_EQ(ch.capacity(), capacity);
      std::size_t held = 0;
      while (held <= capacity && ch.try_send(static_cast<int>(held))) ++held;
      EXPECT_EQ(held, capacity);
      for (std::size_t i = 0; i < held; ++i) EXPECT_EQ(ch.recv(), static_cast<int>(i));
      int none = 0;
      EXPECT_EQ(ch.try_recv(none), try_result::empty);
    };
    for (std::size_t capacity = 0; capacity < 200; ++capacity) {
      holds_exactly(typename M::template channel<int>(selectable{capacity}), capacity);
      if (capacity > 0) holds_exactly(typename M::template channel<int>(capacity), capacity);
    }
  });
}

TYPED_TEST(channel_rules, at_least_holds_at_least_so_many) {
  using M = TypeParam;
  this->run([&] {
    for (std::size_t capacity = 1; capacity < 200; ++capacity) {
      typename M::template channel<std::size_t> ch(at_least{capacity});
      EXPECT_GE(ch.capacity(), capacity);
      for (std::size_t i = 0; i < capacity; ++i) EXPECT_TRUE(ch.try_send(i)) << "value " << i << " of " << capacity;
    }
  });
}

TYPED_TEST(channel_rules, a_ring_is_reused_in_order_round_after_round) {
  using M = TypeParam;
  this->run([&] {
    for (const std::size_t capacity : {1, 2, 3, 7, 8}) {
      typename M::template channel<int> ch(capacity);
      int next_in = 0;
      int next_out = 0;
      for (int step = 0; step < 100; ++step) {
        while (ch.try_send(next_in)) ++next_in;
        for (int k = 0; k <= step % 3 && next_out < next_in; ++k) EXPECT_EQ(ch.recv(), next_out++);
      }
    }
  });
}

TYPED_TEST(channel_rules, try_send_and_try_recv_never_block) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<int> ch(selectable{0});
    int value = 0;
    EXPECT_EQ(ch.try_recv(value), try_result::empty);
    EXPECT_FALSE(ch.try_send(1)) << "nobody receives";
    std::atomic<bool> ended = false;
    M::go([&ended, ch]() mutable {
      EXPECT_EQ(ch.recv(), 5);
      ended = true;
    });
    this->wait_until([&] { return ch.try_send(5); });  // as soon as the receiver waits
    this->wait_until([&] { return ended.load(); });
    ended = false;
    M::go([&ended, ch]() mutable {
      ch.send(6);
      ended = true;
    });
    this->wait_until([&] { return ch.try_recv(value) == try_result::value; });
    EXPECT_EQ(value, 6);
    this->wait_until([&] { return ended.load(); });
  });
}

TYPED_TEST(channel_rules, try_recv_of_a_channel_that_is_full_or_closed_is_never_empty) {
  using M = TypeParam;
  this->run([&] {
    for (int round = 0; round < 1000; ++round) {
      typename M::template channel<int> ch(selectable{1});
      typename M::wait_group ended;
      ch.send(1);
      ended.add(1);
      M::go([&ended, ch]() mutable {
        int value = 0;
        EXPECT_NE(ch.try_recv(value), try_result::empty);
        ended.done();
      });
      ch.close();  // from the send on it holds a value or is closed, whoever takes the value
      (void)ch.recv();
      ended.wait();
    }
  });
}

TYPED_TEST(channel_rules, a_send_stays_parked_when_a_receiver_has_given_up) {
  using M = TypeParam;
  this->run([&] {
    for (int round = 0; round < 20; ++round) {
      typename M::template channel<int> ch(selectable{0}), other(selectable{0});
      typename M::wait_group ended;
      std::atomic<int> sent = 0;
      ended.add(1);
      // A receiver that goes before the sender comes, by its timeout or by its other case, must not take the value
      // along.
      if (round % 2 == 0) {
        EXPECT_EQ(M::select(M::on_recv(ch, [](auto) {}), M::after(std::chrono::microseconds(500), [] {})), 1U);
      } else {
        M::go([other]() mutable { other.send(1); });
        EXPECT_EQ(M::select(M::on_recv(ch, [](auto) {}), M::on_recv(other, [](auto) {})), 1U);
      }
      M::go([&, ch]() mutable {
        ch.send(round);
        ++sent;
        ended.done();
      });
      M::sleep_for(std::chrono::milliseconds(2));
      EXPECT_EQ(sent, 0);
      EXPECT_EQ(ch.recv(), round);
      ended.wait();
    }
  });
}

TYPED_TEST(channel_rules, try_recv_takes_the_place_of_a_waiting_sender) {
  using M = TypeParam;
  this->run([&] {
    typename M::template channel<int> ch(1);
    std::atomic<int> sent = 0;
    M::go([&sent, ch]() mutable {
      for (int i = 0; i < 2; ++i) {
        ch.send(i);
        ++sent;
      }
    });
    this->wait_until([&] { return sent == 1; });
    this->let_others_run();
    int value = -1;
    EXPECT_EQ(ch.try_recv(value), try_result::value);
    EXPECT_EQ(value, 0);
    this->wait_until([&] { return sent == 2; });
    EXPECT_EQ(ch.recv(), 1);
  });
}

TYPED_TEST(channel_rules, a_handle_may_be_copied_and_outlive_the_first) {
  using M = TypeParam;
  this->run([&] {
    std::vector<typename M::template channel<int>> kept;
    {
      typename M::template channel<int> first(2);
      kept.push_back(first);
      first.send(1);
    }
    EXPECT_EQ(kept.front().recv(), 1);
  });
}

TYPED_TEST(channel_rules, values_that_can_only_be_moved_pass_through) {
  using M = TypeParam;
  this->run([&] {
    for (const std::size_t capacity : {0, 1, 2, 4}) {
      typename M::template channel<std::unique_ptr<int>> ch(capacity);
      M::go([ch]() mutable {
        for (int i = 0; i < 50; ++i) ch.send(std::make_unique<int>(i));
        ch.close();
      });
      int expected = 0;
      while (auto value = ch.recv()) {
        ASSERT_NE(*value, nullptr);
        EXPECT_EQ(**value, expected++);
      }
      EXPECT_EQ(expected, 50);
    }
  });
}

/// Counts how many of its kind are alive, and has no default value.
struct counted {
  explicit counted(int v) : value(v) { ++alive_; }
  counted(counted&& from) noexcept : value(from.value) { ++alive_; }
  counted& operator=(counted&& from) noexcept {
    value = from.value;
    return *this;
  }
  ~counted() { --alive_; }
  int value;
  static inline std::atomic<int> alive_ = 0;
};

TYPED_TEST(channel_rules, values_left_in_a_channel_end_with_it) {
  using M = TypeParam;
  this->run([&] {
    for (const std::size_t capacity : {1, 3, 4}) {
      typename M::template channel<counted> ch(capacity);
      for (std::size_t i = 0; i < capacity; ++i) ch.send(counted(static_cast<int>(i)));
      EXPECT_EQ(ch.recv()->value, 0);
    }
  });
  EXPECT_EQ(counted::alive_, 0);
}

}  // namespace threadmark::conformance
