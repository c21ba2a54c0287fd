// The contender's end of the memory ledger: it says "now", and waits until its memory has been read from outside.
#pragma once

#include <cstdint>
#include <string_view>

namespace threadmark::harness {

class ledger_client {
 public:
  /// Two open file descriptors: answers are read from one, requests written to the other.
  ledger_client(int read_fd, int write_fd) : read_fd_(read_fd), write_fd_(write_fd) {}

  /// Writes "snapshot MOMENT TASKS" and returns when the answer "ok" has come. Allocates nothing. Returns false where
  /// the other end is gone or answers something else.
  [[nodiscard]] bool snapshot(std::string_view moment, std::uint64_t tasks) noexcept;

 private:
  int read_fd_;
  int write_fd_;
};

}  // namespace threadmark::harness
