// A model's name as it stands in profiles and trials: `tbb`, `boost_fiber.guarded` (a variant of it), or `mn.again`
// (the same program in the same configuration under a second name, which shows how far two equal things seem to
// differ).
#pragma once

#include <string>

namespace threadmark::conductor {

struct model_name {
  std::string full;     ///< as written
  std::string base;     ///< what the program calls itself; the program is bench_<base>
  std::string variant;  ///< empty: the recommended configuration

  std::string program() const { return "bench_" + base; }
};

inline constexpr const char* twin_suffix = ".again";

inline model_name parse_model(const std::string& full) {
  const auto dot = full.find('.');
  model_name m{full, full.substr(0, dot), dot == std::string::npos ? "" : full.substr(dot + 1)};
  if (m.variant == "again") {
    m.variant.clear();
  } else if (m.variant.ends_with(twin_suffix)) {  // boost_fiber.guarded.again
    m.variant.resize(m.variant.size() - std::string(twin_suffix).size());
  }
  return m;
}

/// The model that a twin repeats; the name itself where it is no twin.
inline std::string without_twin(const std::string& full) {
  return full.ends_with(twin_suffix) ? full.substr(0, full.size() - std::string(twin_suffix).size()) : full;
}

}  // namespace threadmark::conductor
