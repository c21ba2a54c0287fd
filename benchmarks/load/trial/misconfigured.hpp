// What is wrong with the machine's set-up or with what was asked, and not with the server.
#pragma once

#include <stdexcept>

namespace threadmark::load {

/// what() is the reason of the outcome `misconfigured`, one line.
class misconfigured : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace threadmark::load
