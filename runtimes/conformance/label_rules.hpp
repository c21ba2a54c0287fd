// A label is never guessed: what a model calls composed is a type of compose/, what it calls native is one of its
// library's, and is the one that it names.
#pragma once

#include <string_view>

#include "conformance/implementation.hpp"
#include "conformance/suite.hpp"

namespace threadmark::conformance {

inline void expect_label(const expression& declared, std::string_view type) {
  constexpr std::string_view composed = "threadmark::compose::";
  if (declared.how == label::composed) {
    EXPECT_TRUE(type.starts_with(composed)) << "labelled composed, but it is " << type;
  } else {
    EXPECT_FALSE(type.starts_with("threadmark::")) << "labelled native, but it is " << type;
    EXPECT_TRUE(type.starts_with(declared.by)) << "labelled " << declared.by << ", but it is " << type;
  }
}

THREADMARK_RULES(label_rules);

TYPED_TEST(label_rules, the_labels_are_true) {
  using M = TypeParam;
  using types = implementation<M>;
  expect_label(M::express(capability::unbuffered_channel), type_name<typename types::unbuffered_channel>());
  expect_label(M::express(capability::buffered_channel), type_name<typename types::buffered_channel>());
  expect_label(M::express(capability::wait_group), type_name<typename types::wait_group>());
  expect_label(M::express(capability::mutex), type_name<typename types::mutex>());
  const std::string_view select = type_name<typename types::select>();
  EXPECT_EQ(M::express(capability::select).how == label::composed, select.starts_with("threadmark::compose::"))
      << select;
}

TYPED_TEST(label_rules, every_capability_says_what_stands_behind_it) {
  using M = TypeParam;
  for (const capability c : all_capabilities) {
    EXPECT_FALSE(M::express(c).by.empty()) << to_string(c);
    if (c == capability::held_start || c == capability::cancellation || c == capability::task_listing) continue;
    EXPECT_NE(M::express(c).how, label::unsupported) << to_string(c) << ": these rules use it";
  }
  EXPECT_EQ(M::express(capability::held_start).how != label::unsupported, holds_tasks<M>);
  EXPECT_EQ(M::express(capability::cancellation).how != label::unsupported, cancels<M>);
  EXPECT_EQ(M::express(capability::task_listing).how != label::unsupported, lists_tasks<M>);
}

TYPED_TEST(label_rules, the_configuration_is_the_one_asked_for) {
  using M = TypeParam;
  const effective_configuration is = the_runtime().effective();
  EXPECT_EQ(is.cores, cores());
  EXPECT_GE(is.stack_bytes, 4096U);
  EXPECT_THROW(typename M::runtime(runtime_options{.cores = 1, .variant = "no such variant"}), std::invalid_argument);
}

}  // namespace threadmark::conformance
