#include "name_filter.hpp"

#include "bad_input.hpp"

namespace threadmark::harness {

name_filter::name_filter(const std::string& expression) {
  // An empty extended expression is not portable; "." matches every name, since no name is empty.
  const bool everything = expression.empty() || expression == "all";
  if (::regcomp(&compiled_, everything ? "." : expression.c_str(), REG_EXTENDED | REG_NOSUB) != 0)
    throw bad_input("--benchmark_filter takes a regular expression, not '" + expression + "'");
}

name_filter::~name_filter() {
  ::regfree(&compiled_);
}

bool name_filter::matches(const std::string& name) const {
  return ::regexec(&compiled_, name.c_str(), 0, nullptr, 0) == 0;
}

}  // namespace threadmark::harness
