// Connections that do nothing: what an idle one costs the server.
#pragma once

#include <cstddef>
#include <vector>

#include "load/target.hpp"

namespace threadmark::load {

/// Opens one, the `number`-th (connect_to), asks once over it and takes the answer. Throws load_error, with the limit
/// that was hit, and as `check` does.
socket_handle connect_and_ask(const target& to, std::size_t number, const wait_ends& ends = {});

/// Opens so many, as above, so that the server has begun with all of them; then they rest until the vector is gone.
std::vector<socket_handle> hold(const target& to, std::size_t connections, const wait_ends& ends = {});

}  // namespace threadmark::load
