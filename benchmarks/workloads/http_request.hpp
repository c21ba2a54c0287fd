// What the servers understand of HTTP/1.1 (RFC 9112): GET, by its path. Headers are passed over; a body is none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace threadmark::workloads {

/// What a request asks for.
enum class route { root, wait, work, unknown };

/// Finds the requests of one connection in what is read from it, wherever it is cut. Holds no memory between requests.
class request_reader {
 public:
  enum class found { more, request, bad };

  /// Takes a request from the front of `in`, or all of `in` where it ends before the request does. `asked` is what the
  /// last request was for.
  found take(std::string_view& in) {
    const std::size_t kept = pending_.size();
    std::string_view all = in;
    if (kept != 0) all = pending_.append(in);
    const std::size_t end = all.find(end_of_head, kept < 3 ? 0 : kept - 3);
    if (end == std::string_view::npos) {
      if (all.size() > longest) return found::bad;
      if (kept == 0) pending_ = in;
      in = {};
      return found::more;
    }
    const bool good = end <= longest && read_first_line(all.substr(0, end));
    in.remove_prefix(end + end_of_head.size() - kept);
    pending_ = std::string();  // and gives its memory back
    return good ? found::request : found::bad;
  }

  [[nodiscard]] route asked() const { return asked_; }

 private:
  static constexpr std::string_view end_of_head = "\r\n\r\n";
  static constexpr std::size_t longest = 8192;

  /// "GET /path HTTP/1.1" and, after a line's end, headers.
  bool read_first_line(std::string_view head) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == 0 || last <= first + 1 || line.substr(last + 1) != "HTTP/1.1")
      return false;
    const std::string_view path = line.substr(first + 1, last - first - 1);
    if (path.find(' ') != std::string_view::npos) return false;
    asked_ = line.substr(0, first) == "GET" ? route_of(path) : route::unknown;
    return true;
  }

  static route route_of(std::string_view path) {
    if (path == "/") return route::root;
    if (path == "/wait") return route::wait;
    if (path == "/work") return route::work;
    return route::unknown;
  }

  std::string pending_;
  route asked_ = route::unknown;
};

}  // namespace threadmark::workloads
