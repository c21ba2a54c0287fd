// What a task for each connection does, for every model in which it is a task of the plain kind.
#pragma once

#include <utility>

namespace threadmark::compose {

/// The `serve` of a model whose tasks wait for their connections. Throws what M::go throws.
template <class M, class Connection, class F>
void serve_by_task(Connection c, F f) {
  // The connection is closed before f ends, which may tell somebody that it is.
  M::go([f = std::move(f), c = std::move(c)]() mutable {
    while (f(c)) continue;
  });
}

}  // namespace threadmark::compose
