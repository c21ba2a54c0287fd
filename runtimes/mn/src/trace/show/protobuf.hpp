// The wire format of protocol buffers, as far as a trace needs it: a message is a row of fields, each a key (its number
// and the kind of its value) and a value. Written by hand because mn depends on nothing: four kinds are all there is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mn::detail {

class proto_message {
 public:
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
  void clear() noexcept { bytes_.clear(); }  // keeps the memory

  /// int32, int64, uint32, uint64, bool and enums. A negative number takes ten bytes.
  void number(std::uint32_t field, std::uint64_t value) {
    varint(field << 3 | 0);
    varint(value);
  }

  void fixed64(std::uint32_t field, std::uint64_t value) {
    varint(field << 3 | 1);
    for (int i = 0; i < 8; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i)));
  }

  /// string and bytes.
  void text(std::uint32_t field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    bytes_.append(value);
  }

  void message(std::uint32_t field, const proto_message& value) { text(field, value.bytes_); }

 private:
  // Seven bits a byte, the lowest first; the top bit says that more follow.
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }

  std::string bytes_;
};

}  // namespace mn::detail
