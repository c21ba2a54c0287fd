#include "stress/faults/interposer/settings.hpp"

#include <charconv>
#include <system_error>

#include "stress/faults/interposer/calls.hpp"
#include "stress/faults/interposer/line.hpp"

namespace threadmark::faults {
namespace {

[[noreturn]] void end(line& l) noexcept {
  l.write_error();
  _exit(2);
}

[[noreturn]] void refuse(std::string_view part, std::string_view expected) noexcept {
  line l;
  end(l << "threadmark_faults: THREADMARK_FAULTS: cannot take '" << part << "'; " << expected);
}

std::string_view cut(std::string_view& rest, char at) noexcept {
  const std::size_t end = rest.find(at);
  const std::string_view first = rest.substr(0, end);
  rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  return first;
}

std::uint64_t number(std::string_view part, std::string_view value, std::uint64_t least) noexcept {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
  if (error != std::errc() || end != value.data() + value.size() || n < least) {
    refuse(part, least == 0 ? "a whole number is expected" : "a whole number from 1 is expected");
  }
  return n;
}

std::uint32_t kinds(std::string_view value) noexcept {
  std::uint32_t bits = 0;
  while (!value.empty()) {
    const std::string_view name = cut(value, '+');
    std::size_t i = 0;
    while (i < call_names.size() && call_names[i] != name) ++i;
    if (i == call_names.size()) {
      line known;
      known << "known calls:";
      for (const auto one : call_names) known << " " << one;
      refuse(name, known.text());
    }
    bits |= 1U << i;
  }
  return bits;
}

}  // namespace

settings read_settings(std::string_view text) noexcept {
  settings s;
  while (!text.empty()) {
    const std::string_view part = cut(text, ',');
    std::string_view value = part;
    const std::string_view key = cut(value, '=');
    if (key == "seed") {
      s.seed = number(part, value, 0);
    } else if (key == "one_in") {
      s.one_in = number(part, value, 1);
    } else if (key == "after") {
      s.after = number(part, value, 0);
    } else if (key == "calls") {
      s.calls = kinds(value);
    } else if (key == "program") {
      s.program = value;
    } else if (key == "log") {
      s.log = number(part, value, 0) != 0;
    } else {
      refuse(part, "known: seed=N one_in=N after=N calls=NAME+NAME program=NAME log=0|1");
    }
  }
  if (s.calls == 0) {
    line l;
    end(l << "threadmark_faults: THREADMARK_FAULTS: nothing would fail; calls=NAME+NAME says what is to");
  }
  return s;
}

}  // namespace threadmark::faults
