// Reading the kernel's text files and writing a line, for a process in trouble.
//
// Invariant: everything here is async-signal-safe: no allocation, no locks, no stdio, small frames. It may run in a
// signal handler on a small alternate stack, or on a fiber's stack when memory has run out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace threadmark::harness {

/// One line of text in a buffer of fixed size; what does not fit is cut off.
class line_text {
 public:
  line_text& operator<<(std::string_view text) noexcept;
  line_text& operator<<(std::uint64_t number) noexcept;

  std::string_view view() const noexcept { return {text_, length_}; }
  /// The text with a line end, so that one write puts out the whole line.
  std::string_view line() noexcept;

 private:
  std::size_t length_ = 0;
  char text_[1024 + 1];  // room for the line end
};

/// Writes all of it to standard error by write(2).
void write_to_stderr(std::string_view text) noexcept;

/// Reads the beginning of a file into a buffer; empty where it cannot be read.
std::string_view read_start(const char* path, char* buffer, std::size_t size) noexcept;

/// The number at the beginning of a text, after blanks; nothing where there is none (a cgroup's "max").
std::optional<std::uint64_t> leading_number(std::string_view text) noexcept;

/// The number that follows a key, such as "Threads:"; nothing where the key is not there.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key) noexcept;

/// The number a small file holds.
std::optional<std::uint64_t> number_in_file(const char* path) noexcept;

/// How many lines a file has, however long it is.
std::uint64_t count_lines(const char* path) noexcept;

}  // namespace threadmark::harness
