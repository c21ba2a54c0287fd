// The contender's end of the memory ledger: it says "now", and waits until its memory has been read from outside.
#pragma once

#include <cstddef>
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
  /// Likewise "stack LOWEST BYTES": one task's stack; with 0 bytes, the mapping that the address lies in.
  [[nodiscard]] bool stack(const void* lowest, std::size_t bytes) noexcept;
  /// Likewise "control_block BYTES stack" (or "heap"): what one takes, and where it lies.
  [[nodiscard]] bool control_block(std::size_t bytes, bool on_stack) noexcept;

 private:
  [[nodiscard]] bool ask(std::string_view line) noexcept;

  int read_fd_;
  int write_fd_;
};

}  // namespace threadmark::harness
