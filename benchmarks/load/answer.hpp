// An HTTP/1.1 answer as it comes in, piece by piece: only where it ends, and whether it is a good one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace threadmark::load {

class answer {
 public:
  enum class state { more, complete, bad };

  /// Takes the next piece. `bad`: no answer with status 200 and a Content-Length, or more than one answer. After
  /// `complete` the next piece begins the next answer.
  state take(std::string_view piece);

 private:
  [[nodiscard]] bool read_head();

  std::string head_;  ///< as far as it is there; empty once the body has begun
  std::size_t body_left_ = 0;
  bool in_body_ = false;
};

}  // namespace threadmark::load
