#include "proc_text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace threadmark::harness {
namespace {

/// Reads on after an interruption; 0 or less: end or error.
ssize_t read_some(int fd, char* buffer, std::size_t size) noexcept {
  ssize_t got = 0;
  do got = ::read(fd, buffer, size);
  while (got < 0 && errno == EINTR);
  return got;
}

class input_file {
 public:
  explicit input_file(const char* path) noexcept : fd_(::open(path, O_RDONLY | O_CLOEXEC)) {}
  input_file(const input_file&) = delete;
  input_file& operator=(const input_file&) = delete;
  ~input_file() {
    if (fd_ >= 0) ::close(fd_);
  }
  ssize_t read(char* buffer, std::size_t size) const noexcept { return fd_ < 0 ? -1 : read_some(fd_, buffer, size); }

 private:
  int fd_;
};

}  // namespace

line_text& line_text::operator<<(std::string_view text) noexcept {
  const std::size_t count = std::min(text.size(), sizeof text_ - 1 - length_);
  for (std::size_t i = 0; i < count; ++i) text_[length_ + i] = text[i] == '\n' ? ' ' : text[i];
  length_ += count;
  return *this;
}

line_text& line_text::operator<<(std::uint64_t number) noexcept {
  char digits[20];
  std::size_t used = 0;
  do digits[sizeof digits - ++used] = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  return *this << std::string_view(digits + sizeof digits - used, used);
}

std::string_view line_text::line() noexcept {
  text_[length_] = '\n';
  return {text_, length_ + 1};
}

void write_to_stderr(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t done = ::write(STDERR_FILENO, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
}

std::string_view read_start(const char* path, char* buffer, std::size_t size) noexcept {
  const input_file file(path);
  std::size_t length = 0;
  while (length < size) {
    const ssize_t got = file.read(buffer + length, size - length);
    if (got <= 0) break;
    length += static_cast<std::size_t>(got);
  }
  return {buffer, length};
}

std::optional<std::uint64_t> leading_number(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  std::uint64_t number = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1))
    number = number * 10 + static_cast<std::uint64_t>(text.front() - '0');
  return number;
}

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key) noexcept {
  const std::size_t at = text.find(key);
  return at == std::string_view::npos ? std::nullopt : leading_number(text.substr(at + key.size()));
}

std::optional<std::uint64_t> number_in_file(const char* path) noexcept {
  char buffer[32];
  return leading_number(read_start(path, buffer, sizeof buffer));
}

std::uint64_t count_lines(const char* path) noexcept {
  const input_file file(path);
  char buffer[4096];
  std::uint64_t lines = 0;
  for (ssize_t got = 0; (got = file.read(buffer, sizeof buffer)) > 0;)
    lines += static_cast<std::uint64_t>(std::count(buffer, buffer + got, '\n'));
  return lines;
}

}  // namespace threadmark::harness
