// A line of text for standard error or the report, made without allocating and without the C library's formatting.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace threadmark::faults {

class line {
 public:
  line& operator<<(std::string_view s) noexcept {
    for (const char c : s) {
      if (length_ < sizeof text_ - 1) text_[length_++] = c;
    }
    return *this;
  }
  line& operator<<(std::uint64_t n) noexcept {
    char digits[20];
    std::size_t first = sizeof digits;
    do {
      digits[--first] = static_cast<char>('0' + n % 10);
    } while ((n /= 10) != 0);
    return *this << std::string_view(digits + first, sizeof digits - first);
  }
  [[nodiscard]] std::string_view text() const noexcept { return {text_, length_}; }

  /// In one piece, so that lines of several threads and processes stay apart.
  void write(int fd) noexcept {
    text_[length_] = '\n';
    (void)!::write(fd, text_, length_ + 1);
  }
  void write_error() noexcept { write(STDERR_FILENO); }

 private:
  std::size_t length_ = 0;
  char text_[2048];
};

}  // namespace threadmark::faults
