// What a person typed that cannot be: one line that says what is known, and exit code 2.
#pragma once

#include <stdexcept>
#include <string>

namespace threadmark::harness {

class bad_input : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// "a, b, c" from anything whose items turn into text by `name`.
template <class Range, class Name>
std::string listed(const Range& items, Name name) {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += ", ";
    text += name(item);
  }
  return text.empty() ? "none" : text;
}

}  // namespace threadmark::harness
