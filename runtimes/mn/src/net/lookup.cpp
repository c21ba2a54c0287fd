#include "mn/net/lookup.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "mn/blocking.hpp"
#include "mn/channel.hpp"
#include "mn/errors.hpp"
#include "mn/select.hpp"
#include "mn/task.hpp"

namespace mn::net {
namespace {

class resolver_errors final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "resolver"; }
  [[nodiscard]] std::string message(int code) const override { return gai_strerror(code); }
};

struct name_and_port {
  std::string name;
  std::string port;
};

name_and_port split(std::string_view service) {
  const std::size_t colon = service.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == service.size())
    throw bad_endpoint("mn: \"" + std::string(service) + "\" names no port, as in \"example.org:80\"");
  std::string_view name = service.substr(0, colon);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  return {std::string(name), std::string(service.substr(colon + 1))};
}

struct answer {
  std::vector<endpoint> places;
  std::exception_ptr failed;
};

/// Blocks the thread.
std::vector<endpoint> ask(const name_and_port& of) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* answer = nullptr;
  // No name is this machine.
  const int error = getaddrinfo(of.name.empty() ? nullptr : of.name.c_str(), of.port.c_str(), &wanted, &answer);
  if (error != 0) {
    const bool of_the_system = error == EAI_SYSTEM;
    throw io_error(
        of_the_system ? std::error_code(errno, std::system_category()) : std::error_code(error, resolver_category()),
        "mn: look up " + of.name + ":" + of.port);
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(answer, &freeaddrinfo);
  std::vector<endpoint> places;
  for (const addrinfo* a = answer; a; a = a->ai_next) {
    const endpoint place(a->ai_addr, a->ai_addrlen);
    if (std::ranges::find(places, place) == places.end()) places.push_back(place);
  }
  return places;
}

/// What needs no lookup.
bool is_written_out(std::string_view service, std::vector<endpoint>& places) {
  try {
    places = {endpoint::parse(service)};
    return !service.starts_with(':');
  } catch (const bad_endpoint&) {
    if (service.starts_with("unix:")) throw;
    return false;
  }
}

}  // namespace

const std::error_category& resolver_category() noexcept {
  static const resolver_errors category;
  return category;
}

std::vector<endpoint> lookup(std::string_view service) {
  std::vector<endpoint> places;
  if (is_written_out(service, places)) return places;
  const name_and_port of = split(service);
  return mn::blocking([&] { return ask(of); });
}

std::vector<endpoint> lookup(const context& ctx, std::string_view service) {
  std::vector<endpoint> places;
  if (is_written_out(service, places)) return places;
  ctx.throw_if_done();
  const channel<std::shared_ptr<const answer>> answers(
      1);  // room, so that a late answer finds nobody and does not wait
  mn::go([answers, of = split(service)] {
    const auto found = std::make_shared<answer>();
    try {
      found->places = mn::blocking([&] { return ask(of); });
    } catch (...) {
      found->failed = std::current_exception();
    }
    answers.send(found);
  });
  std::shared_ptr<const answer> got;
  mn::select(mn::on_recv(answers, [&](auto a) { got = std::move(*a); }),
             mn::on_recv(ctx.done(), [&](auto) { ctx.throw_if_done(); }));
  if (got->failed) std::rethrow_exception(got->failed);
  return got->places;
}

}  // namespace mn::net
