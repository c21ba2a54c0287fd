// The types behind a model's labels, for label_rules.hpp.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

namespace threadmark::conformance {

/// The name of T as the compiler writes it.
template <class T>
constexpr std::string_view type_name() {
  std::string_view name = __PRETTY_FUNCTION__;  // … [with T = std::mutex; …] or [T = std::mutex]
  name.remove_prefix(name.find("T = ") + 4);
  return name.substr(0, name.find_first_of(";]"));
}

/// Which types do the work. A model whose types are not what it hands out (a derived class, a handle) says so by a
/// specialisation, before it includes the rules, with a proof that they are behind it.
template <class M>
struct implementation {
  using unbuffered_channel = typename M::template channel<int>;
  using buffered_channel = typename M::template channel<int>;
  using select = decltype(M::on_recv(std::declval<typename M::template channel<int>&>(), [](std::optional<int>) {}));
  using wait_group = typename M::wait_group;
  using mutex = typename M::mutex;
};

}  // namespace threadmark::conformance
