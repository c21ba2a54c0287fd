#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "stress/differential/main.hpp"

namespace threadmark::differential {
namespace {

constexpr std::array<std::pair<std::string_view, fault>, 4> faults = {
    {{"drop", fault::drop}, {"twice", fault::twice}, {"wrong_sum", fault::wrong_sum}, {"hang", fault::hang}}};

[[noreturn]] void refuse(std::string_view argument) {
  std::fprintf(
      stderr,
      "differential: cannot take '%.*s'; known: --cores=K (from 1), --plant=drop|twice|wrong_sum|hang (a fault, "
      "to see that it is found)\n",
      static_cast<int>(argument.size()), argument.data());
  std::exit(2);
}

}  // namespace

flags read_flags(int argc, char** argv) {
  flags asked;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    const std::size_t value_at = argument.find('=') + 1;
    const std::string_view value = value_at == 0 ? std::string_view() : argument.substr(value_at);
    if (argument.starts_with("--cores=")) {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), asked.cores);
      if (error != std::errc() || end != value.data() + value.size() || asked.cores == 0) refuse(argument);
    } else if (argument.starts_with("--plant=")) {
      for (const auto& [name, f] : faults) {
        if (name == value) asked.planted = f;
      }
      if (asked.planted == fault::none) refuse(argument);
    } else {
      refuse(argument);
    }
  }
  return asked;
}

}  // namespace threadmark::differential
