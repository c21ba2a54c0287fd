// The contender's end of the pipe to the client that loads its server (PROTOCOL.md): questions go out, answers are
// taken without blocking, because the server is to be served meanwhile.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <workloads/trial.hpp>

namespace threadmark::harness {

/// One question at a time. Where the client is gone, refuses or says what is not in the protocol, the trial ends.
class load_client {
 public:
  /// Two open file descriptors: answers are read from one, which is made not to block, questions written to the other.
  load_client(int read_fd, int write_fd);

  void ask(std::string_view line);
  /// What it has answered to the last question; nothing as long as the answer is not complete.
  [[nodiscard]] std::optional<workloads::client_metrics> answer();

 private:
  [[nodiscard]] bool understand(std::string_view line);

  int read_fd_;
  int write_fd_;
  std::string pending_;
  workloads::client_metrics metrics_;
};

}  // namespace threadmark::harness
