// Small operations on text that several files need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace threadmark::conductor {

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& items, std::string_view between = ", ");

/// A whole number, all of the text; nothing for signs, blanks or overflow.
std::optional<std::int64_t> whole_number(std::string_view text);

/// "8GB" "512MiB" "1000": bytes, with k M G T as powers of 1000, and of 1024 with an i. Nothing if not understood.
std::optional<std::uint64_t> size_in_bytes(std::string_view text);
/// The other way, for people: "8 GB", "1.5 GB".
std::string human_bytes(std::uint64_t bytes);
/// "42 s", "3 min 10 s".
std::string human_seconds(double seconds);

/// The end of a program's output as one line: line ends become " | ", control characters blanks, at most `limit` bytes.
std::string one_line(std::string_view text, std::size_t limit);

/// 64-bit FNV-1a as 16 hex digits: tells two versions of a file apart; not meant to resist an attacker.
std::string fingerprint(std::string_view bytes);

/// The names of things that have one.
template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& things) {
  std::vector<std::string> names;
  names.reserve(things.size());
  for (const Named& one : things) names.push_back(one.name);
  return names;
}

/// For a choice that is not known: "unknown WHAT 'GIVEN'; known: a, b, c".
std::string unknown(std::string_view what, std::string_view given, const std::vector<std::string>& known);

}  // namespace threadmark::conductor
