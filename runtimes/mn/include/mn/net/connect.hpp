// connect: a stream to somewhere.
#pragma once

#include <string_view>

#include "mn/context.hpp"
#include "mn/net/endpoint.hpp"
#include "mn/net/stream.hpp"

namespace mn::net {

/// Connects, and waits until that has been done. Throws io_error (as ECONNREFUSED), std::bad_alloc; with a context what
/// context::throw_if_done throws, in tasks only. Without one it takes as long as the system tries, minutes perhaps.
[[nodiscard]] stream connect(const endpoint& to);
[[nodiscard]] stream connect(const context& ctx, const endpoint& to);
/// The same to a name: looks it up, and tries the addresses one after the other; what the last one throws passes
/// through. Throws what lookup() throws as well.
[[nodiscard]] stream connect(std::string_view to);
[[nodiscard]] stream connect(const context& ctx, std::string_view to);

}  // namespace mn::net
