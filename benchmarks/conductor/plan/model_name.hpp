// A model's name as it stands in profiles and trials: `tbb`, `boost_fiber.guarded` (a variant of it), or `mn.again`
// (the same program in the same configuration under a second name, which shows how far two equal things seem to
// differ). A variant has no twin: two dots are no name.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace threadmark::conductor {

struct model_name {
  std::string full;     ///< as written
  std::string base;     ///< what the program calls itself; the program is bench_<base>
  std::string variant;  ///< empty: the recommended configuration

  std::string program() const { return "bench_" + base; }
};

inline constexpr std::string_view twin_suffix = ".again";

inline model_name parse_model(const std::string& full) {
  const auto dot = full.find('.');
  model_name m{full, full.substr(0, dot), dot == std::string::npos ? "" : full.substr(dot + 1)};
  if (m.variant == twin_suffix.substr(1)) m.variant.clear();
  return m;
}

inline bool is_twin(const std::string& full) {
  return full.ends_with(twin_suffix);
}

/// The model that a twin repeats; the name itself where it is no twin.
inline std::string without_twin(const std::string& full) {
  return is_twin(full) ? full.substr(0, full.size() - twin_suffix.size()) : full;
}

/// One or two words of small letters, digits and '_' that begin with a letter, with a dot between.
inline bool is_model_name(std::string_view full) {
  const auto is_word = [](std::string_view word) {
    return !word.empty() && word[0] >= 'a' && word[0] <= 'z' && std::ranges::all_of(word, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
  };
  const auto dot = full.find('.');
  return is_word(full.substr(0, dot)) && (dot == std::string_view::npos || is_word(full.substr(dot + 1)));
}

}  // namespace threadmark::conductor
