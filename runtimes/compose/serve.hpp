// What a task for each connection does, for every model in which it is a task of the plain kind.
#pragma once

#include <utility>

namespace threadmark::compose {

/// The `serve` of a model whose tasks wait for their connections. Throws what M::go throws.
template <class M, class Connection, class F>
void serve_by_task(Connection c, F f) {
  M::go([c = std::move(c), f = std::move(f)]() mutable {
    while (f(c)) continue;
  });
}

}  // namespace threadmark::compose
