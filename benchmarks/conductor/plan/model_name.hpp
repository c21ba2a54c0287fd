// A model's name as it stands in profiles and trials: `tbb`, `boost_fiber.guarded` (a variant of it), or a second name
// of the model in the same configuration: `mn.again`, its twin, which shows how far two equal things seem to differ;
// `mn.slow5`, which takes 5 % longer in every timed part and shows whether the analysis finds that; and `mn.base`, its
// program as another commit has it (--base-bin). A variant has no second name: two dots are no name.
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace threadmark::conductor {

struct model_name {
  std::string full;              ///< as written
  std::string base;              ///< what the program calls itself; the program is bench_<base>
  std::string variant;           ///< empty: the recommended configuration
  unsigned slow_by_percent = 0;  ///< 0: as fast as it is
  bool of_base = false;          ///< built from another commit

  std::string program() const { return "bench_" + base; }
  /// What tells its program from all others of a run.
  std::string contender() const { return of_base ? full : base; }
};

inline constexpr std::string_view twin_suffix = ".again";
inline constexpr std::string_view base_suffix = ".base";

/// P of "slowP", a whole number from 1 to 100 without leading zeros; 0 where the word is something else.
inline unsigned slowdown_in(std::string_view word) {
  constexpr std::string_view opening = "slow";
  if (!word.starts_with(opening)) return 0;
  const auto digits = word.substr(opening.size());
  unsigned percent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size() && digits[0] != '0';
  return whole && percent <= 100 ? percent : 0;
}

inline model_name parse_model(const std::string& full) {
  const auto dot = full.find('.');
  model_name m{full, full.substr(0, dot), dot == std::string::npos ? "" : full.substr(dot + 1)};
  m.slow_by_percent = slowdown_in(m.variant);
  m.of_base = m.variant == base_suffix.substr(1);
  if (m.variant == twin_suffix.substr(1) || m.slow_by_percent != 0 || m.of_base) m.variant.clear();
  return m;
}

inline bool is_twin(const std::string& full) {
  return full.ends_with(twin_suffix);
}

/// The model that a second name stands for; the name itself where it is a first one.
inline std::string first_name(const std::string& full) {
  const auto m = parse_model(full);
  return m.variant.empty() ? m.base : full;
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
