#include <type_traits>

#include "conformance/implementation.hpp"
#include "mn/adapter/mn_model.hpp"

namespace threadmark::conformance {
using model_under_test = mn_model;

/// The adapter's channel is mn's with the constructors that the model asks for.
template <>
struct implementation<mn_model> {
  static_assert(std::is_base_of_v<mn::channel<int>, mn_model::channel<int>>);
  using unbuffered_channel = mn::channel<int>;
  using buffered_channel = mn::channel<int>;
  using select = decltype(mn_model::on_recv(std::declval<mn_model::channel<int>&>(), [](std::optional<int>) {}));
  using wait_group = mn_model::wait_group;
  using mutex = mn_model::mutex;
};

}  // namespace threadmark::conformance

#include "conformance/all_rules.hpp"
