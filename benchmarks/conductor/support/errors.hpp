// How the conductor fails: one line for a person, one exit code.
#pragma once

#include <stdexcept>
#include <string>

namespace threadmark::conductor {

/// What was asked for cannot be done: unknown names, a folder that cannot be written, a missing contender. Exit code 2.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Something broke under way that is not a contender's doing: a full disk, a child that cannot be killed. Exit code 1.
class broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The person, or the system, asked the conductor to stop: signal's number. Exit code 128 + signal.
struct interrupted {
  int signal;
};

}  // namespace threadmark::conductor
