#include "proc_text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace threadmark::ledger {

std::optional<std::string> read_text(const std::filesystem::path& file) {
  // Plain read calls: files in /proc have no size, and some give an error only when read.
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got > 0) {
      text.append(buffer, static_cast<std::size_t>(got));
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else {
      ::close(fd);
      if (got < 0) return std::nullopt;
      return text;
    }
  }
}

std::optional<std::int64_t> field(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : text.size());
    if (!line.starts_with(name) || line.size() == name.size()) continue;
    auto rest = line.substr(name.size());
    if (rest[0] != ':' && rest[0] != ' ' && rest[0] != '\t') continue;
    const auto start = rest.find_first_of("-0123456789");
    if (start == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(start);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc{}) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return rest.find("kB") == std::string_view::npos ? value : value * 1024;
  }
  return std::nullopt;
}

}  // namespace threadmark::ledger
