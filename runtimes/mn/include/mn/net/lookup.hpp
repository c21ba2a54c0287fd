// lookup: the addresses of a machine's name.
#pragma once

#include <string_view>
#include <system_error>
#include <vector>

#include "mn/context.hpp"
#include "mn/net/endpoint.hpp"

namespace mn::net {

/// The endpoints of `service`, a name as "example.org:80", "[::1]:80", "localhost:http" or a text that endpoint::parse
/// knows; in the order in which they should be tried (RFC 6724, as the system sorts them), each once, at least one. The
/// system is asked (getaddrinfo) in blocking(), so the calling task's worker goes on. Throws io_error with the reason
/// in what() and a code of resolver_category(); bad_endpoint where there is no port; std::bad_alloc.
[[nodiscard]] std::vector<endpoint> lookup(std::string_view service);
/// The same until `ctx` is done: then it throws what context::throw_if_done throws, and the system's answer, which
/// cannot be called off, is dropped when it comes. In tasks only.
[[nodiscard]] std::vector<endpoint> lookup(const context& ctx, std::string_view service);

/// The category of codes that getaddrinfo gives (EAI_NONAME and so on).
[[nodiscard]] const std::error_category& resolver_category() noexcept;

}  // namespace mn::net
