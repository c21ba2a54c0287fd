#include "boost_fiber/boost_fiber_model.hpp"
#include "conformance/implementation.hpp"

namespace threadmark::conformance {
using model_under_test = boost_fiber_model;

/// The handle chooses when it is made (see fiber_channel.hpp); that it does choose these is tested below.
template <>
struct implementation<boost_fiber_model> {
  using unbuffered_channel = boost_fibers::native_channel<int>::unbuffered;
  using buffered_channel = boost_fibers::native_channel<int>::buffered;
  using select =
      decltype(boost_fiber_model::on_recv(std::declval<boost_fiber_model::channel<int>&>(), [](std::optional<int>) {}));
  using wait_group = boost_fiber_model::wait_group;
  using mutex = boost_fiber_model::mutex;
};

}  // namespace threadmark::conformance

#include "conformance/all_rules.hpp"

namespace threadmark::conformance {

TEST(boost_fiber, channels_are_native_where_the_library_has_them) {
  using channel = boost_fiber_model::channel<int>;
  for (const std::size_t capacity : {0, 1, 3, 7, 127}) EXPECT_TRUE(channel(capacity).is_native()) << capacity;
  for (const std::size_t capacity : {2, 4, 5, 6, 128}) EXPECT_FALSE(channel(capacity).is_native()) << capacity;
  for (const std::size_t capacity : {0, 1, 2, 5, 128}) {
    EXPECT_TRUE(channel(at_least{capacity}).is_native()) << capacity;
    EXPECT_FALSE(channel(selectable{capacity}).is_native()) << capacity;
  }
  EXPECT_EQ(channel(at_least{128}).capacity(), 255U);
}

TEST(boost_fiber, a_native_channel_in_a_select_is_an_error_that_is_said) {
  the_runtime().run([] {
    boost_fiber_model::channel<int> ch(0);
    EXPECT_THROW(boost_fiber_model::on_recv(ch, ignore_value), std::logic_error);
    int value = 0;
    EXPECT_THROW((void)ch.try_recv(value), std::logic_error);
    EXPECT_THROW((void)ch.try_send(1), std::logic_error);
  });
}

}  // namespace threadmark::conformance
