#include "load/trial/session.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <limits>
#include <string_view>

#include "load/hold.hpp"
#include "load/trial/misconfigured.hpp"
#include "support/text.hpp"

namespace threadmark::load {
namespace {

using words = std::vector<std::string>;

/// A number in a request. Throws misconfigured.
template <class Number>
Number number(std::string_view what, const std::string& text, std::int64_t least, std::int64_t most) {
  const auto n = conductor::whole_number(text);
  if (!n || *n < least || *n > most)
    throw misconfigured(fmt::format("{} is a number from {} to {}, not '{}'", what, least, most, text));
  return static_cast<Number>(*n);
}

void must_have(const words& request, std::size_t many, const char* form) {
  if (request.size() != many)
    throw misconfigured(fmt::format("'{}' is no request of the form '{}'", conductor::join(request, " "), form));
}

std::uint16_t port_of(const std::string& text) {
  return number<std::uint16_t>("PORT", text, 1, 65535);
}
std::size_t connections_of(const std::string& text) {
  return number<std::size_t>("CONNECTIONS", text, 1, 1'000'000);
}

measure_request measure_of(const words& request) {
  must_have(request, 6, "measure PID PORT CONNECTIONS PATH SHARE_PERCENT");
  measure_request asked;
  asked.pid = number<pid_t>("PID", request[1], 1, std::numeric_limits<pid_t>::max());
  asked.port = port_of(request[2]);
  asked.connections = connections_of(request[3]);
  asked.path = request[4];
  if (!asked.path.starts_with('/')) throw misconfigured(fmt::format("PATH begins with /, not '{}'", asked.path));
  asked.share_percent = number<int>("SHARE_PERCENT", request[5], 1, 100);
  return asked;
}

class session {
 public:
  session(const measure_settings& settings, const wait_ends& ends) : settings_(settings), ends_(ends) {}

  /// The lines that answer a request.
  std::string answer(std::string_view line) {
    try {
      return act(conductor::split(conductor::trim(line), ' ')) + "ok\n";
    } catch (const misconfigured& e) {
      return fmt::format("misconfigured: {}\n", e.what());
    } catch (const load_error& e) {
      return fmt::format("limit: {}\n", e.what());
    }
  }

 private:
  std::string act(const words& request) {
    if (request[0] == "measure") {
      std::string lines;
      for (const auto& [name, value] : measure(measure_of(request), settings_, ends_))
        lines += fmt::format("metric {} {:.3f}\n", name, value);
      return lines;
    }
    if (request[0] == "hold") {
      must_have(request, 3, "hold PORT CONNECTIONS");
      if (!held_.empty())
        throw misconfigured(fmt::format("{} connections are held already: release them first", held_.size()));
      held_ = hold(server_at(port_of(request[1])), connections_of(request[2]), ends_);
    } else if (request[0] == "release") {
      must_have(request, 1, "release");
      held_.clear();
    } else {
      throw misconfigured(conductor::unknown("request", request[0], {"measure", "hold", "release"}));
    }
    return {};
  }

  const measure_settings settings_;
  const wait_ends ends_;
  std::vector<socket_handle> held_;
};

/// Whether all of it could be written.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

void serve_requests(int in, int out, const measure_settings& settings, const wait_ends& ends) {
  session client(settings, ends);
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    wait_for(in, POLLIN, for_ever, ends);
    const ssize_t n = read(in, buffer.data(), buffer.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) {
      if (!text.empty()) (void)write_all(out, client.answer(text));
      return;
    }
    text.append(buffer.data(), static_cast<std::size_t>(n));
    for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
      if (!write_all(out, client.answer(std::string_view(text).substr(0, end)))) return;
    }
  }
}

}  // namespace threadmark::load
