// A regular expression on cells' names, as --benchmark_filter takes it.
#pragma once

#include <regex.h>

#include <string>

namespace threadmark::harness {

class name_filter {
 public:
  /// An extended regular expression; "" and "all" match everything. Throws bad_input where it is none.
  explicit name_filter(const std::string& expression);
  name_filter(const name_filter&) = delete;
  name_filter& operator=(const name_filter&) = delete;
  ~name_filter();

  /// True where the expression matches some part of the name.
  bool matches(const std::string& name) const;

 private:
  regex_t compiled_;
};

}  // namespace threadmark::harness
