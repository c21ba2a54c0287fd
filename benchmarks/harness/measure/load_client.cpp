#include "load_client.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>

#include "../failure/outcome.hpp"

namespace threadmark::harness {
namespace {

[[noreturn]] void has_gone() {
  end_trial(outcome::misconfigured, "the client has gone");
}

/// What follows `opening`, where the line begins with it.
std::optional<std::string_view> after(std::string_view opening, std::string_view line) {
  if (!line.starts_with(opening)) return std::nullopt;
  return line.substr(opening.size());
}

std::optional<std::pair<std::string, double>> metric_in(std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos || space == 0) return std::nullopt;
  double value = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + space + 1, last, value);
  if (error != std::errc{} || end != last || !std::isfinite(value)) return std::nullopt;
  return std::pair{std::string(text.substr(0, space)), value};
}

}  // namespace

load_client::load_client(int read_fd, int write_fd) : read_fd_(read_fd), write_fd_(write_fd) {
  ::fcntl(read_fd, F_SETFL, ::fcntl(read_fd, F_GETFL) | O_NONBLOCK);
}

void load_client::ask(std::string_view line) {
  metrics_.clear();
  const std::string whole = std::string(line) + "\n";  // short enough for the pipe to take it at once
  ssize_t done = 0;
  do done = ::write(write_fd_, whole.data(), whole.size());
  while (done < 0 && errno == EINTR);
  if (done != static_cast<ssize_t>(whole.size())) has_gone();
}

std::optional<workloads::client_metrics> load_client::answer() {
  std::array<char, 4096> buffer;
  ssize_t got = 0;
  while ((got = ::read(read_fd_, buffer.data(), buffer.size())) > 0 || (got < 0 && errno == EINTR))
    if (got > 0) pending_.append(buffer.data(), static_cast<std::size_t>(got));
  const bool gone = got == 0 || errno != EAGAIN;  // it may have answered before
  for (std::size_t end; (end = pending_.find('\n')) != std::string::npos;) {
    const std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    if (understand(line)) return std::move(metrics_);
  }
  if (gone) has_gone();
  return std::nullopt;
}

/// Whether the answer is complete.
bool load_client::understand(std::string_view line) {
  if (line == "ok") return true;
  if (const auto why = after("limit: ", line)) end_trial(outcome::limit, *why);
  if (const auto why = after("misconfigured: ", line)) end_trial(outcome::misconfigured, *why);
  const auto text = after("metric ", line);
  auto metric = text ? metric_in(*text) : std::nullopt;
  const auto same = [&](const auto& earlier) { return metric->first == earlier.first; };
  if (!metric || std::ranges::any_of(metrics_, same))
    end_trial(outcome::misconfigured, "the client at the other end of --client_fds says '" + std::string(line) + "'");
  metrics_.push_back(*std::move(metric));
  return false;
}

}  // namespace threadmark::harness
