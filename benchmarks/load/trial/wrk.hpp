// wrk as a child process, and readings of what it has done while it runs.
//
// wrk counts from its first connect to its end, and can leave nothing out. So what it has done by a certain moment is
// taken from the kernel's account of it: the bytes that it has read (rchar in /proc/PID/io), which are answers and
// nothing else once it runs. Divided by the bytes of an answer, of which wrk itself says the mean at its end, they are
// answers.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <string>

#include "load/target.hpp"
#include "load/trial/wrk_output.hpp"

namespace threadmark::load {

/// Where it is in PATH. Throws misconfigured where it is not.
std::string find_wrk();

/// Invariant: wrk does not outlive this object, nor this process, however that ends.
class wrk {
 public:
  /// Starts it, with one thread, on its connections. Throws misconfigured.
  wrk(const target& to, std::size_t connections, const wait_ends& ends);
  wrk(const wrk&) = delete;
  wrk& operator=(const wrk&) = delete;
  ~wrk();

  /// So far: the bytes, and how often it has read (about once an answer). Throws load_error where it has ended, with
  /// what it said.
  struct reads {
    std::uint64_t bytes = 0;
    std::uint64_t calls = 0;
  };
  [[nodiscard]] reads read_so_far();
  [[nodiscard]] double cpu_seconds();
  /// How many it has open.
  [[nodiscard]] std::size_t descriptors() const;
  /// Holds it up where it is, or lets it go on.
  void pause(bool yes);
  /// Ends it and takes its account. Throws load_error where it gives none.
  wrk_totals end();

 private:
  [[noreturn]] void has_gone();
  /// What it says, to its end, which it gets so much time for.
  std::string rest_of_output(std::chrono::nanoseconds at_most);

  const wait_ends ends_;
  pid_t pid_ = -1;  ///< -1: waited for
  bool paused_ = false;
  clockid_t cpu_{};
  socket_handle output_;
};

}  // namespace threadmark::load
