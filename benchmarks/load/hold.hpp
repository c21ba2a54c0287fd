// Connections that do nothing: what an idle one costs the server.
#pragma once

#include <cstddef>
#include <vector>

#include "load/target.hpp"

namespace threadmark::load {

/// Opens so many, asks once over each and takes the answer, so that the server has begun with all of them; then they
/// rest until the vector is gone. Throws load_error, with the limit that was hit.
std::vector<socket_handle> hold(const target& to, std::size_t connections);

}  // namespace threadmark::load
