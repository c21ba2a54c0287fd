// file: reading and writing files without holding up other tasks.
//
//   const std::string text = mn::read_file("/etc/hostname");
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "mn/errors.hpp"

namespace mn {

/// How a file is opened. `write` and `append` make one that is not there (mode 0666 less the umask); `write` empties
/// one that is. In one that is opened to `append` there is no writing at a place.
enum class open_mode { read, write, append, read_write };

/// A shared handle to an open file, which is closed with the last of them. The system has no way to say that a file has
/// become readable, so what has to wait for a disk keeps its OS thread (blocking()), and another does its worker's
/// work. A read first asks for what lies in memory, and is done without that where all of it does (RWF_NOWAIT,
/// Linux 4.14).
///
/// All members from any number of tasks and plain threads at once. What fails throws io_error, whose what() names the
/// path.
class file {
 public:
  explicit file(const std::string& path, open_mode mode = open_mode::read);

  /// Reads at most `into.size()` bytes from `offset`; fewer only where the file ends. Returns how many.
  std::size_t read_at(std::uint64_t offset, std::span<char> into) const;
  /// Writes all of it there. Where it throws, an unknown part has been written. Not in mode `append`, where the system
  /// would write at the end: throws io_error (EINVAL).
  void write_at(std::uint64_t offset, std::string_view all) const;
  /// Writes all of it at the end, in any mode that writes; in one piece beside other appends as far as the system does.
  /// (RWF_APPEND, Linux 4.16; before that others may write in between, unless the mode is append.)
  void append(std::string_view all) const;

  /// In bytes.
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] const std::string& path() const noexcept;
  [[nodiscard]] int native_handle() const noexcept;

 private:
  struct opened;
  std::shared_ptr<const opened> opened_;
};

/// The whole of a file; also of one whose size the system does not know before, as in /proc. Throws io_error,
/// std::bad_alloc.
[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace mn
