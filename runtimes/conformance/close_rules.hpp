// Closing a channel: what is left may be received, everybody who waits is woken, misuse is an exception.
#pragma once

#include <stdexcept>

#include "conformance/suite.hpp"

namespace threadmark::conformance {

THREADMARK_RULES(close_rules);

TYPED_TEST(close_rules, a_closed_channel_is_drained_and_then_empty) {
  using M = TypeParam;
  this->run([&] {
    for (const std::size_t capacity : {2, 3, 5}) {
      typename M::template channel<int> ch(capacity);
      ch.send(1);
      ch.send(2);
      ch.close();
      EXPECT_EQ(ch.recv(), 1);
      int value = 0;
      EXPECT_EQ(ch.try_recv(value), try_result::value);
      EXPECT_EQ(value, 2);
      EXPECT_EQ(ch.recv(), std::nullopt);
      EXPECT_EQ(ch.try_recv(value), try_result::closed);
      EXPECT_EQ(ch.recv(), std::nullopt) << "it must stay closed";
    }
  });
}

TYPED_TEST(close_rules, close_wakes_all_who_receive) {
  using M = TypeParam;
  this->run([&] {
    for (const std::size_t capacity : {0, 1, 2}) {
      typename M::template channel<int> ch(capacity);
      typename M::wait_group ended;
      std::atomic<int> closed = 0;
      ended.add(20);
      for (int i = 0; i < 20; ++i) {
        M::go([&, ch]() mutable {
          if (!ch.recv().has_value()) ++closed;
          ended.done();
        });
      }
      this->let_others_run();
      EXPECT_EQ(closed, 0);
      ch.close();
      ended.wait();
      EXPECT_EQ(closed, 20);
    }
  });
}

TYPED_TEST(close_rules, send_on_a_closed_channel_throws) {
  using M = TypeParam;
  this->run([&] {
    for (const std::size_t capacity : {0, 1, 2}) {
      typename M::template channel<int> ch(capacity);
      ch.close();
      EXPECT_THROW(ch.send(1), typename M::channel_closed);
      EXPECT_EQ(ch.recv(), std::nullopt);
      typename M::template channel<int> tried(selectable{capacity});
      tried.close();
      EXPECT_THROW((void)tried.try_send(1), typename M::channel_closed);
    }
  });
}

TYPED_TEST(close_rules, senders_that_wait_are_told) {
  using M = TypeParam;
  this->run([&] {
    for (const std::size_t capacity : {0, 1, 2}) {
      typename M::template channel<int> ch(capacity);
      for (std::size_t i = 0; i < capacity; ++i) ch.send(0);
      typename M::wait_group ended;
      std::atomic<int> refused = 0;
      ended.add(5);
      for (int i = 0; i < 5; ++i) {
        M::go([&, ch]() mutable {
          try {
            ch.send(1);
          } catch (const typename M::channel_closed&) {
            ++refused;
          }
          ended.done();
        });
      }
      this->let_others_run();
      ch.close();
      ended.wait();
      EXPECT_EQ(refused, 5);
      for (std::size_t i = 0; i < capacity; ++i) EXPECT_EQ(ch.recv(), 0);
      EXPECT_EQ(ch.recv(), std::nullopt) << "a value whose send had failed came through";
    }
  });
}

TYPED_TEST(close_rules, closing_twice_throws) {
  using M = TypeParam;
  this->run([&] {
    for (const std::size_t capacity : {0, 1, 2}) {
      typename M::template channel<int> ch(capacity);
      ch.close();
      EXPECT_THROW(ch.close(), std::exception);
    }
  });
}

TYPED_TEST(close_rules, a_value_that_was_received_was_sent_even_if_the_channel_is_closed_at_once) {
  using M = TypeParam;
  this->run([&] {
    for (int round = 0; round < 50; ++round) {
      typename M::template channel<int> ch(0);
      typename M::wait_group ended;
      ended.add(1);
      M::go([&ended, ch]() mutable {
        EXPECT_NO_THROW(ch.send(1));
        ended.done();
      });
      EXPECT_EQ(ch.recv(), 1);
      ch.close();
      ended.wait();
    }
  });
}

}  // namespace threadmark::conformance
