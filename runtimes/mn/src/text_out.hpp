// Formatted text without allocating memory: a buffer that is emptied into a sink.
#pragma once

#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <new>
#include <string>

#include "os/process.hpp"

namespace mn::detail {

class text_out {
 public:
  using sink = void (*)(void* arg, const char* text, std::size_t bytes);

  text_out(sink s, void* arg) noexcept : sink_(s), arg_(arg) {}
  ~text_out() { flush(); }
  text_out(const text_out&) = delete;
  text_out& operator=(const text_out&) = delete;

  /// At most `room` bytes a call; what is longer is cut off. No floating-point conversions: they may allocate.
  void print(const char* format, ...) noexcept __attribute__((format(printf, 2, 3))) {
    if (buffer_.size() - used_ < room) flush();
    va_list args;
    va_start(args, format);
    const int n = std::vsnprintf(buffer_.data() + used_, room, format, args);
    va_end(args);
    if (n > 0) used_ += static_cast<std::size_t>(n) < room ? static_cast<std::size_t>(n) : room - 1;
  }

  void flush() noexcept {
    if (used_ > 0) sink_(arg_, buffer_.data(), used_);
    used_ = 0;
  }

 private:
  static constexpr std::size_t room = 1024;

  const sink sink_;
  void* const arg_;
  std::size_t used_ = 0;
  std::array<char, 2 * room> buffer_;
};

/// Sinks.
inline void to_descriptor(void* fd, const char* text, std::size_t bytes) noexcept {
  os::write_all(*static_cast<const int*>(fd), text, bytes);
}
inline void to_string(void* s, const char* text, std::size_t bytes) noexcept {
  try {
    static_cast<std::string*>(s)->append(text, bytes);
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch)
    // A report that is cut off says more than none.
  }
}

}  // namespace mn::detail
