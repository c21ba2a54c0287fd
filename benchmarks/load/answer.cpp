#include "load/answer.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace threadmark::load {

bool answer::read_head() {
  constexpr std::string_view name = "\r\ncontent-length:";
  if (!head_.starts_with("HTTP/1.1 200 ")) return false;
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  const auto at = std::search(head_.begin(), head_.end(), name.begin(), name.end(), same);
  if (at == head_.end()) return false;
  const char* digits = head_.data() + (at - head_.begin()) + name.size();
  while (*digits == ' ') ++digits;
  return std::from_chars(digits, head_.data() + head_.size(), body_left_).ec == std::errc{};
}

answer::state answer::take(std::string_view piece) {
  if (!in_body_) {
    const std::size_t before = head_.size();
    head_.append(piece);
    const auto end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (end == std::string::npos) return head_.size() > 16 * 1024 ? state::bad : state::more;
    piece.remove_prefix(end + 4 - before);
    head_.resize(end + 2);
    if (!read_head()) return state::bad;
    head_.clear();
    in_body_ = true;
  }
  if (piece.size() > body_left_) return state::bad;
  body_left_ -= piece.size();
  if (body_left_ > 0) return state::more;
  in_body_ = false;
  return state::complete;
}

}  // namespace threadmark::load
